/**
 * Tier T1: the nano models on a backend, in passes of few rows and of many, with tensors shared and with a tensor
 * for every intermediate.
 * @module
 */
import type { KernelName } from "../../backend/backend.ts";
import { LAYER_TAPS, parseTap, type TapName } from "../../model/taps.ts";
import { elementsOf, formatShape } from "../../tensor/tensor.ts";
import type { Testee } from "../run/testee.ts";
import { expectedOf, type Suite, type SuiteModel } from "../vectors/suite.ts";
import type { Budget, ForwardVector } from "../vectors/vector.ts";
import { backendTestee } from "./backend-testee.ts";
import type { Check } from "./check.ts";
import type { AnyBackend } from "./lab.ts";

/** Rows of a pass: one, an odd number, and two that the vectors are longer than. */
const ROWS = [64, 16, 7, 1] as const;

const WAYS = ["record", "forward"] as const;

/** Every forward vector, at each number of rows and in both ways. */
export function modelChecks(suite: Suite): Check[] {
  return [...suite.models.values()].flatMap((model) => {
    const vectors = suite.vectors.filter(
      (vector): vector is ForwardVector => vector.kind === "forward" && vector.model === model.name,
    );
    return ROWS.flatMap((rows) =>
      WAYS.flatMap((way) => vectors.map((vector) => modelCheck(suite, model, vector, rows, way))),
    );
  });
}

function modelCheck(
  suite: Suite,
  model: SuiteModel,
  vector: ForwardVector,
  rows: number,
  way: "record" | "forward",
): Check {
  const { id, note, feeds, taps, beyondGemma1, budgets } = vector;
  return {
    id: `${id}@rows-${rows}${way === "record" ? ",recorded" : ""}`,
    tier: "T1",
    note,
    ...(beyondGemma1 && { beyondGemma1 }),
    async run(lab) {
      const how = way === "record" ? "every intermediate in a tensor of its own" : "tensors shared";
      lab.where = `model ${model.name}, at most ${rows} rows a pass, ${how}`;
      const testee = await loaded(lab.backend, model, rows, way);
      let outputs: Awaited<ReturnType<Testee["forward"]>> = new Map();
      for (const feed of feeds) {
        const work = testee.forward(feed, taps as readonly TapName[]);
        outputs = await lab.settled("the model", work);
      }
      for (const [tap, expected] of inOrder(expectedOf(suite, vector))) {
        const got = outputs.get(tap);
        if (!got) continue;
        const columns = elementsOf(expected.shape.slice(1));
        if (got.data.length !== expected.data.length) {
          lab.fail(`${tap} is ${formatShape(got.shape)}, expected ${formatShape(expected.shape)}`);
        }
        const budget = () => budgets[lab.setting.accuracy]?.[tap] as Budget;
        lab.where = `${lab.where.split(";")[0]}; ${tap}, which ${kernelOf(tap)} writes`;
        lab.judge(got.data, { values: expected.data, columns, budget }, [], tap);
      }
    },
  };
}

/** Taps in the order in which they are computed: the first that is off is where the fault is. */
function inOrder<T>(taps: ReadonlyMap<string, T>): [string, T][] {
  return [...taps].sort(([a], [b]) => placeOf(a) - placeOf(b));
}

const WITHIN = Object.keys(LAYER_TAPS);
const AROUND: readonly string[] = ["ln_final.hook_out", "logits"];

function placeOf(name: string): number {
  const { layer, tap } = parseTap(name);
  if (layer !== undefined) return layer * WITHIN.length + WITHIN.indexOf(tap);
  return AROUND.includes(tap) ? Number.MAX_SAFE_INTEGER - 2 + AROUND.indexOf(tap) : -1;
}

/** The model that was run last on each backend, and how. */
const last = new WeakMap<AnyBackend, { readonly key: string; readonly testee: Testee }>();

async function loaded(
  backend: AnyBackend,
  model: SuiteModel,
  maxRows: number,
  way: "record" | "forward",
): Promise<Testee> {
  const key = `${model.name} ${maxRows} ${way}`;
  const before = last.get(backend);
  if (before?.key === key) {
    await before.testee.reset();
    return before.testee;
  }
  last.delete(backend);
  await before?.testee.close?.();
  const testee = backendTestee(backend, { maxRows, way });
  await testee.load(model);
  last.set(backend, { key, testee });
  return testee;
}

const WRITTEN_BY: readonly (readonly [RegExp, KernelName])[] = [
  [/^hook_embed$/, "embed"],
  [/hook_out$/, "rmsNorm"],
  [/hook_rot_[qk]$/, "rope"],
  [/hook_z$/, "attention"],
  [/mlp\.hook_post$/, "geglu"],
  [/hook_resid_(mid|post)$/, "add"],
];

/** The kernel that writes a recorded tap. */
export function kernelOf(tap: string): KernelName {
  return WRITTEN_BY.find(([pattern]) => pattern.test(tap))?.[1] ?? "matmul";
}
