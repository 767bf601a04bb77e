/**
 * Two runs compared, from their files of samples.
 * @module
 */

import { refusals } from "../../errors.ts";
import { compareSamples, comparisonText } from "../../evaluation/report/comparison.ts";
import { readRunSamples } from "../../node/evaluation/run-folder.ts";
import type { Io } from "../io.ts";

/** Writes the comparison. @throws {ArgumentError} if the runs have no task and no documents in common. */
export async function compareFolders(
  first: string,
  second: string,
  json: boolean | undefined,
  { stdout }: Io,
): Promise<void> {
  const rows = compareSamples(await readRunSamples(first), await readRunSamples(second));
  if (rows.length === 0) {
    const hint = "both runs have to have asked the same documents of a task, two at least";
    const expected = "tasks and documents in common";
    throw refusals("eval").argument("compare", expected, "none", hint);
  }
  if (json) return stdout.write(`${JSON.stringify(rows)}\n`);
  await stdout.write(`${comparisonText(rows)}
paired is the standard error of the difference, unpaired what one would take without the pairs.
p is the chance of so uneven a split among documents that one run alone has right (McNemar, exact).
`);
}
