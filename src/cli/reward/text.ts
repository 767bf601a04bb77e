/**
 * What `reward` says.
 * @module
 */
import type { Calibration } from "../../preference/reward/calibration.ts";
import type { Probe, RewardProbes } from "../../preference/reward/probes.ts";
import type { RewardReport } from "../../preference/reward/train-reward.ts";
import type { Style } from "../terminal/style.ts";
import type { Learnt } from "../training/learn.ts";

export function demoBegin(pairs: number, steps: number, style: Style): string {
  const text = `A tiny Gemma learns which of two tales people like better: ${pairs} pairs, ${steps} steps.`;
  return `${style("bold", text)}\n`;
}

/** What has come of a run. */
export function rewardText({ last, written }: Learnt<RewardReport>, style: Style): string {
  const loss = last && `Loss ${last.loss.toFixed(4)} in step ${last.step}`;
  const first = loss === undefined ? "There was nothing left to learn." : `${loss}.`;
  const out = last?.leftOut ? [`Left out: ${last.leftOut} pairs with a longer answer.`] : [];
  return [style("bold", first), ...out, ...written, ""].join("\n");
}

const percent = (share: number) => `${(100 * share).toFixed(1)} %`;

/** How good it is on pairs that it did not learn. */
export function calibrationText(found: Calibration, probes: RewardProbes | undefined): string {
  const { pairs, accuracy, loss, margin, bins, length } = found;
  const lines = [
    `Of ${pairs} pairs, ${percent(accuracy)} are ordered as they were labelled; loss ${loss.toFixed(4)}, mean difference ${margin.toFixed(3)}.`,
    "",
    "says        sure    right   pairs",
    ...bins.map(
      (bin) =>
        `${bin.from.toFixed(2)}-${bin.to.toFixed(2)}   ${bin.predicted.toFixed(3)}   ${bin.observed.toFixed(3)}   ${bin.pairs}`,
    ),
  ];
  if (length && length.pairs > 0) {
    lines.push(
      "",
      `Of answers of like length (${length.pairs} pairs), ${percent(length.accuracy)}.`,
    );
  }
  if (probes) {
    const line = (name: string, { reward, preferred }: Probe) =>
      `${name.padEnd(12)}${reward.toFixed(3).padStart(7)}   preferred to the answer itself: ${percent(preferred)}`;
    lines.push(
      "",
      `${"the answer".padEnd(12)}${probes.whole.toFixed(3).padStart(7)}`,
      line("nothing", probes.empty),
      line("said twice", probes.repeated),
      line("cut in half", probes.truncated),
    );
  }
  return `${lines.join("\n")}\n`;
}
