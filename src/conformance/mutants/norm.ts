/**
 * Mistakes in RMSNorm.
 * @module
 */
import type { Components } from "../../backend/cpu/cpu.ts";
import { rmsNorm } from "../../nn/rmsnorm.ts";
import { roundToBfloat16 } from "../../tensor/bfloat16.ts";
import { float32, zeros } from "../../tensor/precision.ts";
import type { Mutant } from "./mutant.ts";

/** What a norm may do otherwise. */
interface NormChanges {
  /** From mean(x²) to the divisor. */
  divisor?(meanSquare: number, eps: number): number;
  /** Whether the mean is subtracted first, as in LayerNorm. */
  readonly centred?: boolean;
  /** What becomes of x / divisor before the gain. */
  cast?(normalized: number): number;
  /** From the weight to what is multiplied by. */
  gain?(weight: number, normOffset: number): number;
}

function normWith(changes: NormChanges): Components["rmsNorm"] {
  const { divisor = (square, eps) => Math.sqrt(square + eps), centred = false } = changes;
  const { cast = (x) => x, gain = (weight, normOffset) => normOffset + weight } = changes;
  return (x, weight, { eps = 1e-6, normOffset = 1, precision = float32, out } = {}) => {
    const [L, D] = x.shape;
    const y = out ?? zeros([L, D], precision);
    for (let l = 0; l < L; l++) {
      let [sum, sumOfSquares] = [0, 0];
      for (let d = 0; d < D; d++) sum += x.get(l, d);
      const mean = centred ? sum / D : 0;
      for (let d = 0; d < D; d++) sumOfSquares += (x.get(l, d) - mean) ** 2;
      const by = divisor(sumOfSquares / D, eps);
      for (let d = 0; d < D; d++) {
        const value = cast((x.get(l, d) - mean) / by) * gain(weight.get(d), normOffset);
        y.set(l, d, precision.round(value));
      }
    }
    return y;
  };
}

const EPS_OUTSIDE = (square: number, eps: number) => Math.sqrt(square) + eps;

export const NORM_MUTANTS: readonly Mutant[] = [
  {
    id: "norm-without-one",
    mistake: "RMSNorm multiplies by the weight alone.",
    fix: "Multiply by 1 + weight; only GGUF files hold the 1 in the weight already.",
    parts: { components: { rmsNorm: (x, w, o) => rmsNorm(x, w, { ...o, normOffset: 0 }) } },
  },
  {
    id: "norm-one-twice",
    mistake: "RMSNorm multiplies by 2 + weight: 1 is added to a weight that holds it already.",
    fix: "Add the 1 once: to the weights of Hugging Face, gemma_pytorch, Flax and Keras, and not to those of GGUF.",
    seen: "loaders of GGUF files",
    parts: { components: { rmsNorm: normWith({ gain: (weight, one) => 1 + one + weight }) } },
  },
  {
    id: "norm-cast-before-gain",
    mistake: "RMSNorm rounds x / rms to bfloat16 before it multiplies by the gain.",
    fix: "Keep x / rms in float32 through the multiplication by 1 + weight, and round once at the end.",
    seen: "Hugging Face and gemma_pytorch at launch",
    rounds: true,
    parts: { components: { rmsNorm: normWith({ cast: roundToBfloat16 }) } },
  },
  {
    id: "norm-gain-bfloat16",
    mistake: "RMSNorm rounds the gain 1 + weight to bfloat16.",
    fix: "Add the 1 in float32: 1 + weight has more bits than bfloat16 holds.",
    seen: "llama.cpp's converter before #5810",
    parts: {
      components: { rmsNorm: normWith({ gain: (weight, one) => roundToBfloat16(one + weight) }) },
    },
  },
  {
    id: "norm-eps-1e-5",
    mistake: "RMSNorm adds an ε of 1e-5.",
    fix: "Use rms_norm_eps of the config: 1e-6.",
    parts: {
      components: { rmsNorm: (x, w, o) => rmsNorm(x, w, { ...o, eps: 1e-5 }) },
      wiring: { normDivisor: (square) => Math.sqrt(square + 1e-5) },
    },
  },
  {
    id: "norm-eps-outside-root",
    mistake: "RMSNorm divides by √mean(x²) + ε.",
    fix: "Add ε under the root: √(mean(x²) + ε).",
    parts: {
      components: { rmsNorm: normWith({ divisor: EPS_OUTSIDE }) },
      wiring: { normDivisor: EPS_OUTSIDE },
    },
  },
  {
    id: "norm-mean-subtracted",
    mistake: "The norm subtracts the mean, as LayerNorm does.",
    fix: "Divide by the root mean square and subtract nothing.",
    parts: { components: { rmsNorm: normWith({ centred: true }) } },
  },
];
