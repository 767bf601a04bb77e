/** Gradients by tap name, held against PyTorch's through Google's code (fixtures/learning/README.md). */
import { describe, expect, it } from "vitest";
import { cpuBackend } from "../../src/backend/cpu/cpu.ts";
import { tapGradients } from "../../src/interp/gradients/tap-gradients.ts";
import { runWithHooks } from "../../src/interp/run/run-with-cache.ts";
import { Model } from "../../src/model/model.ts";
import { goldenName, parseTap, type TapName, tapNames } from "../../src/model/taps.ts";
import { logProbability } from "../../src/nn/log-softmax.ts";
import type { NdArray } from "../../src/tensor/tensor.ts";
import {
  digestError,
  LEARNING_MODELS,
  learned,
  learnedNames,
  learningCheckpoint,
  relativeError,
  sequences,
  targetsIn,
} from "../support/learning.ts";

async function modelOf(name: string) {
  const { config, tensors } = await learningCheckpoint(name);
  return Model.load({ config, tensors, backend: cpuBackend({ precision: "float64" }) });
}

/** Names that the goldens of training have besides those of the forward pass. */
function goldenTap(name: TapName): string | undefined {
  const { layer, tap } = parseTap(name);
  const more: Record<string, string> = {
    "attn.hook_rot_q": "q_rope",
    "attn.hook_attn_scores": "scores",
    "attn.hook_pattern": "pattern",
  };
  return more[tap] ? `layers.${layer}.${more[tap]}` : goldenName(name);
}

describe.each(LEARNING_MODELS)("gradients of the intermediates of %s", (name) => {
  it("are Google's in float64", async () => {
    const file = `${name}/lm`;
    const ids = learned(file, "ids");
    // With their padding: a hidden key has a gradient in the pattern, too.
    const batch = sequences(ids, learned(file, "mask"), 2);
    const model = await modelOf(name);
    const names = tapNames(model.config).filter((tap) => tap !== "logits");
    const [prefix, distance] =
      name === "micro"
        ? (["tap.", relativeError] as const)
        : (["digest.tap.", digestError] as const);
    const found = [];
    for (const one of batch) {
      const mask = Array.from(one.mask);
      const targets = [...mask.keys()].filter((t) => mask[t] === 1);
      found.push(await tapGradients(model, one.ids, { names, targets }));
    }
    const seen = new Set<string>();
    for (const tap of names) {
      const golden = goldenTap(tap);
      if (golden === undefined || !learnedNames(file, prefix).includes(golden)) continue;
      seen.add(golden);
      const all = found.flatMap(({ gradients }, b) => {
        // Ours is of the mean over one sequence, theirs over both.
        const share = targetsIn([batch[b]]) / targetsIn(batch);
        return Array.from(gradients.get(tap).data, (g) => g * share);
      });
      expect(distance(all, learned(file, prefix + golden)), tap).toBeLessThan(1e-12);
    }
    expect([...seen].sort()).toEqual(learnedNames(file, prefix).sort());
    model.dispose();
  });
});

describe("gradients by name", () => {
  it("are those of the names, layers and targets that are asked for", async () => {
    const model = await modelOf("micro");
    const ids = [2, 5, 9, 7];
    const all = await tapGradients(model, ids, { names: "attn.hook_z" });
    expect(all.gradients.names).toEqual(["blocks.0.attn.hook_z", "blocks.1.attn.hook_z"]);
    const some = await tapGradients(model, ids, { names: "attn.hook_z", layers: -1, targets: -1 });
    expect(some.gradients.names).toEqual(["blocks.1.attn.hook_z"]);
    // In the last block the last row foretells nothing, and only the row before it the last token.
    const rows = some.saliency("blocks.1.attn.hook_z");
    expect([...rows].map((s) => s !== 0)).toEqual([false, false, true, false]);
    expect(some.loss).not.toBe(all.loss);
    const signal = AbortSignal.abort();
    await expect(tapGradients(model, ids, { signal })).rejects.toThrow(/abort/);
    await expect(tapGradients(model, ids, { targets: 0 })).rejects.toThrow(/behind the first/);
    await expect(tapGradients(model, ids, { names: "logits" })).rejects.toThrow(
      /before the logits/,
    );
    model.dispose();
  });

  it("times the values foretell to first order what a small change does", async () => {
    const model = await modelOf("gqa");
    const ids = [2, 17, 40, 99, 3];
    const names = "hook_embed";
    const { gradients, values, loss } = await tapGradients(model, ids, { names });
    const step = 1e-5;
    for (const [t, d] of [
      [1, 3],
      [3, 0],
      [2, 31],
    ] as const) {
      const lossAt = async (by: number) => {
        const change = (x: NdArray) => void x.set(t, d, x.get(t, d) + by);
        const logits = await runWithHooks(model, ids, { [names]: change });
        let sum = 0;
        for (let l = 1; l < ids.length; l++) {
          sum -= logProbability(logits.pick(l - 1, null), ids[l]);
        }
        return sum / (ids.length - 1);
      };
      expect(await lossAt(0)).toBeCloseTo(loss, 12);
      const slope = ((await lossAt(step)) - (await lossAt(-step))) / (2 * step);
      // Central differences: step² of the third derivative, and rounding of 1e-16 over the step.
      expect(Math.abs(slope - gradients.get(names).get(t, d))).toBeLessThan(1e-9);
    }
    expect(values.get(names).shape).toEqual([5, 72]);
    model.dispose();
  });
});
