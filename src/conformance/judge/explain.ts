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
import { type Materials, runVector } from "../engine/run-vector.ts";
import type { Mutant } from "../mutants/mutant.ts";
import type { Budget } from "../vectors/vector.ts";
import { distanceOf, overBudget, worse } from "./distance.ts";
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

/** A row that has tipped over is not further off than this many budgets. */
const TIPPED_OVER = 100;

/** Of the rows of a bug that rounds, so many may have tipped over: one in four. */
const TIPPED = 0.25;

/** Asks how well a bug explains `observations`. It gives up once it cannot. */
export function explain(
  observations: readonly Observation[],
  { parts, rounds }: Mutant,
  materials: Materials,
  accuracy: Accuracy,
): Explanation {
  let [over, gains, failing] = [0, 0, 0];
  const rows: number[] = [];
  let noise: Noise | undefined;
  for (const { vector, outputs, taps, budgets } of observations) {
    const expected = runVector(vector, materials, parts);
    for (const { tap, over: fromTruth, nrmse } of taps) {
      const wanted = expected.get(tap);
      if (!wanted) continue;
      const fitted = aligned(outputs.get(tap) as NdArray, wanted);
      if (!fitted) return { over: Number.POSITIVE_INFINITY, gain: 0, holds: false };
      const [x, t] = [elements(fitted[0]), elements(fitted[1])];
      const distance = distanceOf(x, t);
      let bar = budgets[tap];
      let away = overBudget(distance, bar);
      if (away > 1 && away < HOPELESS) {
        noise ??= noiseOf(parts, materials, accuracy);
        bar = worse(bar, noise(vector, tap));
        away = overBudget(distance, bar);
      }
      over = Math.max(over, away);
      // With the noise of the bug itself allowed for, this is not it. Of one that rounds, rows may have tipped over.
      if (away > (rounds ? TIPPED_OVER : 1)) return { over, gain: 0, holds: false };
      if (rounds) rows.push(...rowsOver(x, t, wanted.shape[wanted.shape.length - 1], bar));
      if (fromTruth > 1) {
        failing++;
        // Not each by itself: chance may bring one that barely fails as near to the truth.
        const ratio = distance.nrmse / nrmse; // 0 where the truth is infinitely far
        gains += Math.log(Math.max(ratio, 1e-16));
      }
    }
  }
  if (rounds) over = Math.min(over, allButTipped(rows));
  const gain = failing === 0 ? 0 : gains / failing;
  return { over, gain, holds: failing > 0 && gain < -Math.log(CLEARLY) && over <= 1 };
}

/** How far each row is over the bar of all. */
function rowsOver(x: NdArray["data"], t: NdArray["data"], columns: number, bar: Budget): number[] {
  const rows: number[] = [];
  for (let at = 0; at < t.length; at += columns) {
    const row = distanceOf(x.subarray(at, at + columns), t.subarray(at, at + columns));
    rows.push(overBudget(row, bar));
  }
  return rows;
}

/** The largest of the rows, without those that may have tipped over. */
function allButTipped(rows: readonly number[]): number {
  const sorted = [...rows].sort((a, b) => a - b);
  return sorted[Math.ceil(sorted.length * (1 - TIPPED)) - 1] ?? 0;
}
