/**
 * A run in one line, as it stands in a README:
 *
 *     gemma1-conf 2026.11 · float32 · ops 34/34 · nano 15/15 · ties 0
 *
 * Of each tier that was run: how many vectors the testee got right, of how many. A tie is right, and is counted
 * once more at the end. Not among them are vectors that were skipped for a reason of ours, and shapes beyond Gemma 1.
 * @module
 */
import type { Report } from "../run/result.ts";
import { TIERS } from "../run/result.ts";
import { oneLine } from "./one-line.ts";
import { counts, isRight, TIER_NAMES } from "./verdict.ts";

/** The parts of the badge. */
export function badgeParts({ suite, accuracy, results }: Report): string[] {
  const tiers = TIERS.flatMap((tier) => {
    const asked = results.filter(
      (result) => result.tier === tier && result.status !== "skip" && !result.beyondGemma1,
    );
    if (asked.length === 0) return [];
    return [`${TIER_NAMES[tier][1]} ${asked.filter(isRight).length}/${asked.length}`];
  });
  const ties = `ties ${counts(results).tie}`;
  return [`gemma1-conf ${oneLine(suite.version)}`, oneLine(accuracy), ...tiers, ties];
}

/** The badge line. */
export function badgeLine(report: Report): string {
  return badgeParts(report).join(" · ");
}
