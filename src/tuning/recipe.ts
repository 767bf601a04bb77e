/**
 * How a model is tuned unless somebody says otherwise, whatever its loss: what updates the weights, at which rates.
 * @module
 */
import { adamW } from "../training/optimizer/adamw.ts";
import { isMatrix, type Optimizer } from "../training/optimizer/optimizer.ts";
import { type Schedule, warmupCosine } from "../training/optimizer/schedule.ts";

/** AdamW, β 0.9 and 0.95; matrices decay by 0.01, low-rank factors do not. */
export function tuningOptimizer(): Optimizer {
  return adamW({ beta1: 0.9, beta2: 0.95, weightDecay: 0.01, decays });
}

const decays = (name: string, shape: readonly number[]) =>
  isMatrix(name, shape) && !/\.lora_[AB]\.weight$/.test(name);

/** Up to the peak in a tenth of all steps, 10 at most, unless told; then a cosine down to a tenth of it. */
export function tuningSchedule(
  steps: number,
  peak: number,
  warmup: number = Math.min(10, Math.floor(steps / 10)),
): Schedule {
  return warmupCosine({ steps, warmup, peak, floor: 0.1 });
}
