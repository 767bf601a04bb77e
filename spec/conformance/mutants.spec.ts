/** The goldens have teeth: each known bug, switched on, is caught. */
import { describe, expect, it } from "vitest";
import { type Components, cpuBackend } from "../../src/backend/cpu/cpu.ts";
import { maxError, relativeError } from "../../src/conformance/metrics.ts";
import { MUTANTS } from "../../src/conformance/mutants/mutants.ts";
import { rmsNorm as reference } from "../../src/nn/rmsnorm.ts";
import { float32, type PrecisionName } from "../../src/tensor/precision.ts";
import { golden, loadOn, NANO_MODELS, promptIds } from "../support/goldens.ts";
import { float32Distance, rmsNormOf } from "../support/op-goldens.ts";

const PROMPT = "prompt-40";

/** A bug of a component, as `cpuBackend` takes it. */
interface ComponentBug {
  readonly components: Partial<Components>;
}

/** These prompts show them; the others need the suite's own vectors (power.spec.ts). */
const SHOWN = [
  ...["norm-without-one", "norm-eps-outside-root", "gelu-erf", "gelu-gate-up-swapped"],
  ...["rope-interleaved", "embed-unscaled", "attention-head-modulo"],
  ...["attention-not-itself", "attention-sees-next"],
];
const BUGS = SHOWN.map((id) => {
  const components = MUTANTS.find((mutant) => mutant.id === id)?.parts.components;
  if (!components) throw new Error(`no such bug of a component: ${id}`);
  return { name: id, components };
});

async function mutantLogits(
  name: string,
  { components }: ComponentBug,
  precision: PrecisionName,
): Promise<Float64Array> {
  const model = await loadOn(name, cpuBackend({ precision, components }));
  const ids = promptIds(name, PROMPT);
  const cache = model.createCache({ contextLength: ids.length + 1 });
  return Float64Array.from((await model.forward(ids, cache, { logits: "all" })).data);
}

/** Over the nano models: how far past the bar of float64 the worst logit is. */
async function distance64(mutant: ComponentBug): Promise<number> {
  let worst = 0;
  for (const name of NANO_MODELS) {
    const truth = golden(`${name}/${PROMPT}.npz`, "logits.f64");
    const ours = await mutantLogits(name, mutant, "float64");
    worst = Math.max(worst, relativeError(ours, truth) / 1e-12);
  }
  return worst;
}

/** As {@link distance64}, past the bar of float32. */
async function distance32(mutant: ComponentBug): Promise<number> {
  let worst = 0;
  for (const name of NANO_MODELS) {
    const file = `${name}/${PROMPT}.npz`;
    const truth = golden(file, "logits.f64");
    const bar = 2 * maxError(golden(file, "logits.f32"), truth);
    worst = Math.max(worst, maxError(await mutantLogits(name, mutant, "float32"), truth) / bar);
  }
  return worst;
}

/** For each RMSNorm case of ops.npz: how far past the bar it is in float32. */
function opErrors(rmsNorm: Components["rmsNorm"]): number[] {
  return [0, 1, 2, 3].map((i) => float32Distance(`rms_norm.${i}`, rmsNormOf(i, rmsNorm, float32)));
}

describe("the goldens", () => {
  it("pass the reference itself", async () => {
    expect(await distance64({ components: {} })).toBeLessThan(1);
    expect(await distance32({ components: {} })).toBeLessThan(1);
  });

  it.each(BUGS)("catch $name in float64, a thousand times past the bar", async (mutant) => {
    expect(await distance64(mutant)).toBeGreaterThan(1000);
  });

  // An ε outside the root moves these logits less than Google's own float32 does.
  const visible = BUGS.filter(({ name }) => name !== "norm-eps-outside-root");
  it.each(visible)("catch $name in float32, ten times past the bar", async (mutant) => {
    expect(await distance32(mutant)).toBeGreaterThan(10);
  });

  it("catch norm-eps-outside-root in float32 too, op by op, where the input is small", () => {
    const mutant = BUGS.find(({ name }) => name === "norm-eps-outside-root");
    const errors = opErrors(mutant?.components.rmsNorm ?? reference);
    expect(Math.max(...errors)).toBeGreaterThan(10);
    expect(opErrors(reference).every((past) => past <= 1)).toBe(true);
  });
});
