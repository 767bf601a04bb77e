/**
 * Whether a known bug explains what was seen: a testee that has it must give what the reference gives with the bug
 * switched on, everywhere, within the budgets of its class.
 *
 * Nearest is not found. A bug is named only if it brings every output that was seen within the bar, also those
 * that were right, and if it brings those that failed clearly nearer than the truth does.
 * @module
 */
import type { Accuracy } from "../../backend/backend.ts";
import type { NdArray } from "../../tensor/tensor.ts";
import type { Parts } from "../engine/engine.ts";
import { type Materials, runVector } from "../engine/run-vector.ts";
import { distanceOf, overBudget } from "./distance.ts";
import { aligned, elements } from "./judge.ts";
import { type Noise, noiseOf } from "./noise.ts";
import type { Observation } from "./observation.ts";

/** A bug must be this many times nearer than the truth, or a small fault could be taken for any small bug. */
export const CLEARLY = 3;

/** Beyond this many budgets no noise of the buggy computation itself brings it back. */
const HOPELESS = 1000;

/** How well a bug explains what was seen. */
export interface Explanation {
  /** Largest distance of any output from what the bug gives, in budgets. */
  readonly over: number;
  /** Mean logarithm of how much nearer the failing outputs are than to the truth: lower is better. */
  readonly gain: number;
  /** Whether it explains everything. */
  readonly holds: boolean;
}

/** Asks how well `parts` explain `observations`. It gives up once they cannot. */
export function explain(
  observations: readonly Observation[],
  parts: Parts,
  materials: Materials,
  accuracy: Accuracy,
): Explanation {
  let [over, gains, failing] = [0, 0, 0];
  let noise: Noise | undefined;
  for (const { vector, outputs, taps, budgets } of observations) {
    const expected = runVector(vector, materials, parts);
    for (const { tap, over: fromTruth, nrmse } of taps) {
      const wanted = expected.get(tap);
      if (!wanted) continue;
      const fitted = aligned(outputs.get(tap) as NdArray, wanted);
      if (!fitted) return { over: Number.POSITIVE_INFINITY, gain: 0, holds: false };
      const distance = distanceOf(fitted[0].data, elements(fitted[1]));
      let away = overBudget(distance, budgets[tap]);
      if (away > 1 && away < HOPELESS) {
        noise ??= noiseOf(observations, parts, materials, accuracy);
        away = Math.min(away, overBudget(distance, noise(vector, tap)));
      }
      over = Math.max(over, away);
      if (fromTruth > 1) {
        failing++;
        // Not each by itself: chance may bring one that barely fails as near to the truth.
        const ratio = distance.nrmse / nrmse; // 0 where the truth is infinitely far
        gains += Math.log(Math.max(ratio, 1e-16));
      }
      if (!(over < HOPELESS)) return { over, gain: Number.POSITIVE_INFINITY, holds: false };
    }
  }
  const gain = failing === 0 ? 0 : gains / failing;
  return { over, gain, holds: failing > 0 && gain < -Math.log(CLEARLY) && over <= 1 };
}
