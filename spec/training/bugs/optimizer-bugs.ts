/** Bugs of the optimiser, of clipping and of the schedule. */
import { type AdamWOptions, adamW } from "../../../src/training/optimizer/adamw.ts";
import { globalNorm } from "../../../src/training/optimizer/clip.ts";
import type { Optimizer } from "../../../src/training/optimizer/optimizer.ts";
import { warmupCosine } from "../../../src/training/optimizer/schedule.ts";
import type { Parameter } from "../../../src/training/trains.ts";
import type { Bug } from "./parts.ts";

const bug = (name: string, missed: number, parts: Bug["parts"]): Bug => ({
  name,
  golden: "adamw",
  missed,
  parts,
});

type Scalars = Required<Pick<AdamWOptions, "beta1" | "beta2" | "eps">> & { readonly t: number };

/**
 * AdamW whose moments are right, and whose change of a weight is another: m and v are read from its state after a step, and
 * the weights are what they were, decayed, less lr · change.
 */
function changedBy(change: (m: number, v: number, scalars: Scalars) => number): typeof adamW {
  return (options = {}) => {
    const { beta1 = 0.9, beta2 = 0.999, eps = 1e-8, weightDecay = 0.01 } = options;
    const right = adamW(options);
    let t = 0;
    const step: Optimizer["step"] = (parameters, lr) => {
      const all = [...parameters];
      const before = all.map(({ data }) => data.slice());
      right.step(all, lr);
      t++;
      const state = right.state();
      for (const [i, { name, shape, data }] of all.entries()) {
        const [m, v] = ["m", "v"].map((kind) => state.get(`${kind}.${name}`)!.data);
        const keep = shape.length > 1 ? 1 - lr * weightDecay : 1;
        for (let j = 0; j < data.length; j++) {
          data[j] = keep * before[i][j] - lr * change(m[j], v[j], { beta1, beta2, eps, t });
        }
      }
    };
    return { ...right, step };
  };
}

/** λ p is added to g, and so goes through the moments: Adam with L2, which AdamW is not. */
const withL2: typeof adamW = ({ weightDecay = 0.01, ...options } = {}) => {
  const plain = adamW({ ...options, weightDecay: 0 });
  const step: Optimizer["step"] = (parameters, lr) => {
    const all: Parameter[] = [...parameters];
    for (const { shape, data, gradient } of all) {
      if (shape.length === 1 || !gradient) continue;
      for (let j = 0; j < data.length; j++) gradient[j] += weightDecay * data[j];
    }
    plain.step(all, lr);
  };
  return { ...plain, step };
};

export const OPTIMIZER_BUGS: readonly Bug[] = [
  bug("AdamW: ε inside the root", 3e-3, {
    adamW: changedBy((m, v, { beta1, beta2, eps, t }) => {
      return m / (1 - beta1 ** t) / Math.sqrt(v / (1 - beta2 ** t) + eps);
    }),
  }),
  bug("AdamW: no bias correction", 1e-1, {
    adamW: changedBy((m, v, { eps }) => m / (Math.sqrt(v) + eps)),
  }),
  bug("AdamW: decay on norms too", 3e-3, {
    adamW: (options) => adamW({ ...options, decays: () => true }),
  }),
  bug("AdamW: L2 in the gradient instead", 6, { adamW: withL2 }),
  bug("clip: without + 1e-6", 5e-7, {
    clip: (parameters, maxNorm) => {
      const all = [...parameters];
      const norm = globalNorm(all);
      for (const { gradient } of all) {
        if (!gradient) continue;
        for (let j = 0; j < gradient.length; j++) gradient[j] *= Math.min(1, maxNorm / norm);
      }
      return norm;
    },
  }),
  bug("clip: forgotten", 4e-1, { clip: globalNorm }),
  bug("schedule: first step at 0", 3e-1, {
    schedule: (options) => {
      const right = warmupCosine(options);
      return (step) => (step === 0 ? 0 : right(step - 1));
    },
  }),
];
