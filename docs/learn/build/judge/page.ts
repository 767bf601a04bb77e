/**
 * docs/judge.md as it should be, and its picture: written by `npm run learn`, with the pages of the road.
 * @module
 */
import { reportPreferences } from "../../../../src/judge/statistics/report-preferences.ts";
import { svgOf } from "../draw/picture.ts";
import { fill } from "../text/markers.ts";
import { count, fixed, markdownTable } from "../text/numbers.ts";
import { judgesPicture } from "./judges-picture.ts";

export const JUDGE_PAGE = "docs/judge.md";
const PICTURE = "docs/pictures/learn/judge-habits.svg";

/** The report's rows, computed again. */
function preferenceTable(): string {
  const rows = reportPreferences().map((row) => [
    `${row.release} IT ${row.size}, ${row.prompts}`,
    fixed(row.rate, 1),
    row.agrees ? fixed(row.recomputed, 2) : `**${fixed(row.recomputed, 2)}**`,
    `${fixed(row.interval[0], 1)} to ${fixed(row.interval[1], 1)}`,
    count(Math.round(row.ratingsIfTies)),
    count(Math.round(row.ratingsIfWilson)),
  ]);
  const head = ["", "printed", "win + tie/2", "interval", "ratings, ties counted", "as coins"];
  return markdownTable(head, rows);
}

/**
 * The page and its picture, by path.
 * @param outputs of examples, by file.
 * @throws {Error} if the page names what is not there.
 */
export function judgeFiles(
  text: string,
  outputs: ReadonlyMap<string, string>,
): Map<string, string> {
  const { title, table } = judgesPicture();
  const numbers = markdownTable(table.head, table.rows);
  const picture = `![${title}](${PICTURE.replace("docs/", "")})\n\n<details><summary>Its numbers</summary>\n\n${numbers}\n\n</details>`;
  const blocks: Readonly<Record<string, string | undefined>> = {
    "picture judges": picture,
    "block preferences": preferenceTable(),
  };
  const written = fill(text, {
    figure(name) {
      throw new Error(`${JUDGE_PAGE}: no figure ${name}`);
    },
    block(kind, name) {
      const found = kind === "example" ? outputs.get(name) : blocks[`${kind} ${name}`];
      if (found === undefined) throw new Error(`${JUDGE_PAGE}: no ${kind} ${name}`);
      return found;
    },
  });
  return new Map([
    [JUDGE_PAGE, written],
    [PICTURE, svgOf(judgesPicture())],
  ]);
}
