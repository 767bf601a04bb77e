/**
 * The picture of docs/judge.md: five judges whose habit is known, and what the statistics see of them.
 * @module
 */
import type { Outcomes } from "../../../../src/judge/outcome.ts";
import { describeJudge } from "../../../../src/judge/statistics/describe-judge.ts";
import { wilsonInterval } from "../../../../src/judge/statistics/intervals.ts";
import { element, type Picture, text, WIDTH } from "../draw/picture.ts";
import { fixed } from "../text/numbers.ts";
import { judged, PLANTED_JUDGES } from "./planted-judges.ts";

/** Planted, and how the picture calls it. */
const JUDGES: readonly (readonly [planted: string, name: string])[] = [
  ["perfect", "knows which is better"],
  ["first", "prefers the first"],
  ["longer", "prefers the longer"],
  ["random", "throws a coin"],
  ["unparsed", "never gives a verdict"],
];
const COLUMNS = ["the first shown", "the longer", "same in both orders", "as is known"];
const [LEFT, TOP, ROW, CELL, GAP] = [160, 84, 34, 58, 22];
/** Pairs of each, and the seed of all. */
const [PAIRS, SEED] = [80, 15];

/** Of a column: how many of how many. */
type Cell = readonly [count: number, of: number];

function cellsOf(planted: string) {
  const pairs = judged(PLANTED_JUDGES[planted], SEED, { pairs: PAIRS });
  const { kind, position, length, agreement } = describeJudge(pairs);
  const { first, second, kept, flipsToFirst, flipsToSecond } = position;
  const cells: readonly Cell[] = [
    [first, first + second],
    [length.longer, length.longer + length.shorter],
    [kept, kept + flipsToFirst + flipsToSecond],
    [agreement.decidedRight, agreement.decidedRight + agreement.decidedWrong],
  ];
  return { kind, cells };
}

const outcomes = ([count, of]: Cell): Outcomes => ({ win: count, tie: 0, loss: of - count });
const left = (column: number) => LEFT + column * (CELL + GAP);

/** A share as a dot on a line from 0 to 100 percent, with Wilson's interval. */
function drawn(cell: Cell, column: number, y: number): string[] {
  const x = (share: number) => left(column) + CELL * share;
  const line = element("line", { class: "grid", x1: x(0), x2: x(1), y1: y, y2: y });
  const half = element("line", { class: "grid", x1: x(0.5), x2: x(0.5), y1: y - 7, y2: y + 7 });
  const [count, of] = cell;
  if (of === 0) return [line, half];
  const [from, to] = wilsonInterval(outcomes(cell));
  return [
    line,
    half,
    element("line", {
      class: "row above",
      x1: x(from),
      x2: x(to),
      y1: y,
      y2: y,
      "stroke-width": 5,
    }),
    element("circle", { class: "tip", cx: x(count / of), cy: y, r: 5 }),
  ];
}

const share = ([count, of]: Cell) => (of === 0 ? "—" : `${fixed((100 * count) / of, 0)} %`);

/** Five rows of four shares, and what each judge is called. */
export function judgesPicture(): Picture {
  const rows = JUDGES.map(([planted, name]) => ({ name, ...cellsOf(planted) }));
  const y = (i: number) => TOP + ROW * i;
  const bottom = y(rows.length - 1) + 18;
  const ring = (row: number, column: number) =>
    element("rect", {
      ...{ class: "ring", x: left(column) + CELL - 13, y: y(row) - 12, width: 26, height: 24 },
      rx: 6,
    });
  return {
    title: "Five judges with a known habit, and the shares of verdicts that give it away",
    width: WIDTH,
    height: bottom + 40,
    body: [
      text(`Five planted judges, ${PAIRS} pairs each: what share of verdicts is for …`, 16, 26, {
        of: "bold",
      }),
      ...COLUMNS.flatMap((name, c) => {
        const words = name.length > 15 ? ["same in", "both orders"] : [name];
        return words.map((word, i) =>
          text(word, left(c) + CELL / 2, 64 - 14 * (words.length - 1 - i), {
            anchor: "middle",
            of: "small",
          }),
        );
      }),
      text("named", WIDTH - 14, 64, { anchor: "end", of: "small" }),
      ...rows.flatMap(({ name, kind, cells }, i) => [
        text(name, 16, y(i) + 4),
        ...cells.flatMap((cell, c) => drawn(cell, c, y(i))),
        text(kind, WIDTH - 14, y(i) + 4, { anchor: "end", of: "bold" }),
      ]),
      ring(1, 0),
      ring(2, 1),
      ring(0, 3),
      ...COLUMNS.flatMap((_, c) => [
        text("0", left(c), bottom + 12, { anchor: "middle", of: "small" }),
        text("50", left(c) + CELL / 2, bottom + 12, { anchor: "middle", of: "small" }),
        text("100", left(c) + CELL, bottom + 12, { anchor: "middle", of: "small" }),
      ]),
      text("percent, with Wilson's 95 % interval; ties left out", 16, bottom + 31, { of: "small" }),
    ],
    table: {
      head: ["judge", ...COLUMNS, "named"],
      rows: rows.map(({ name, kind, cells }) => [name, ...cells.map(share), kind]),
    },
  };
}
