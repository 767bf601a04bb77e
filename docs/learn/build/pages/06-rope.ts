/**
 * Page 6: how a query and a key know how far apart they stand.
 * @module
 */
import { Engine } from "../../../../src/conformance/engine/engine.ts";
import { maxError } from "../../../../src/conformance/metrics.ts";
import { applyRope } from "../../../../src/nn/rope.ts";
import { float64 } from "../../../../src/tensor/precision.ts";
import { tensor } from "../../../../src/tensor/tensor.ts";
import { clocks } from "../draw/clocks.ts";
import { moves } from "../draw/moves.ts";
import { notice, type Picture, text, WIDTH } from "../draw/picture.ts";
import type { Example } from "../example.ts";
import type { PageParts } from "../page-parts.ts";
import { Run } from "../run.ts";
import { headRow } from "../shares.ts";
import { count, digits, fixed, power } from "../text/numbers.ts";
import { plain } from "../text/pieces.ts";
import { dot } from "../vectors.ts";

/** Places in the sentence. */
const [NAME, STOP, SHE] = [1, 8, 12];
const tap = (name: string) => `blocks.0.attn.${name}`;

/** By how much each pair is turned from one position to the next, in radians. */
function turnsOf({ model }: Example): number[] {
  const { headDim: H, ropeTheta: theta } = model.config;
  return Array.from({ length: H / 2 }, (_, i) => theta ** ((-2 * i) / H));
}

/** Scores of the full stop in head 0, for the tokens that it sees: with taps as they are turned, or not. */
function scoresOf(example: Example, q: string, k: string): number[] {
  const query = headRow(example, tap(q), 0, STOP);
  const seen = Array.from({ length: STOP + 1 }, (_, s) => example.row(tap(k), s));
  return seen.map((key) => dot(query, key) / Math.sqrt(query.length));
}
const unturned = (example: Example) => scoresOf(example, "hook_q", "hook_k");
const turned = (example: Example) => scoresOf(example, "hook_rot_q", "hook_rot_k");

/** By how much “Mira” is ahead of BOS. */
const lead = (scores: readonly number[]) => scores[NAME] - scores[0];

function clocksPicture(example: Example): Picture {
  const turns = turnsOf(example);
  const [left, step, radius] = [34, 32, 12];
  const rowTops = [64, 126];
  const perRow = turns.length / 2;
  const hands = [NAME, STOP].map((pos) => turns.map((turn) => pos * turn));
  const body = [
    text("The 32 pairs of a head as clocks", 16, 26, { of: "bold" }),
    text("thin: “Mira”, position 1 · thick: “.”, position 8", WIDTH - 16, 26, {
      anchor: "end",
      of: "small",
    }),
    ...rowTops.flatMap((y, row) =>
      clocks(
        hands.map((angles) => angles.slice(row * perRow, (row + 1) * perRow)),
        { x: left, y, radius, step },
      ),
    ),
    ...[0, 8, 16, 31].map((i) => {
      const [row, column] = [Math.floor(i / perRow), i % perRow];
      const anchor = column === 0 ? "start" : column === perRow - 1 ? "end" : "middle";
      const x = left + column * step + { start: -radius, middle: 0, end: radius }[anchor];
      const label = `pair ${i}: a turn in ${turnText(turns[i])} tokens`;
      return text(label, x, rowTops[row] + radius + 18, { anchor, of: "small" });
    }),
  ];
  const [before, after] = [unturned(example), turned(example)];
  const [chartLeft, wide, top] = [120, 46, 216];
  const chart = moves(before, after, {
    ...{ x: chartLeft, step: wide, top, height: 150, from: -10, to: 20 },
    marks: [-10, 0, 10, 20],
  });
  const bottom = top + 150;
  body.push(
    text("Scores of the full stop: ring before turning, dot after", 16, top - 20, { of: "bold" }),
    ...chart.body,
  );
  const lines: [string, string[]][] = [
    ["", example.pieces.slice(0, STOP + 1).map(plain)],
    ["not turned", before.map((score) => fixed(score, 2))],
    ["turned", after.map((score) => fixed(score, 2))],
  ];
  lines.forEach(([name, values], i) => {
    const y = bottom + 24 + 19 * i;
    body.push(text(name, 84, y, { anchor: "end", of: "small" }));
    values.forEach((value, s) => {
      body.push(text(value, chartLeft + s * wide, y, { anchor: "middle", of: "small" }));
    });
  });
  const highest = chart.y(after[NAME]) - 12;
  body.push(
    notice(
      {
        x: chartLeft - wide / 2 + 3,
        y: highest,
        width: 2 * wide - 6,
        height: bottom + 70 - highest,
      },
      `“Mira” leads by ${fixed(lead(before), 1)} before, by ${fixed(lead(after), 1)} after`,
      { x: chartLeft + 1.5 * wide + 8, y: highest + 12 },
    ),
  );
  return {
    title: "Pairs of numbers turned by position, and what that does to the scores of the full stop",
    width: WIDTH,
    height: bottom + 84,
    body,
    table: {
      head: ["token", "score before turning", "score after"],
      rows: before.map((score, s) => [
        `${s} ${example.pieces[s]}`,
        fixed(score, 2),
        fixed(after[s], 2),
      ]),
    },
  };
}

/** Tokens for a whole turn. */
function turnText(turn: number): string {
  const tokens = (2 * Math.PI) / turn;
  return tokens < 10 ? fixed(tokens, 1) : count(Math.round(tokens));
}

/** A head, turned as at a position. */
function at(pos: number, values: readonly number[]): Float64Array {
  const x = tensor(new Float64Array(values), [1, 1, values.length]);
  return Float64Array.from(applyRope(x, pos, { precision: float64 }).data);
}
const list = (x: ArrayLike<number>) => `[${Array.from(x, (value) => fixed(value)).join(", ")}]`;

/** The sentence with all words between BOS and “she” in reverse. */
function reversed({ ids }: Example): number[] {
  return [ids[0], ...ids.slice(1, SHE).reverse(), ids[SHE]];
}

export const rope: PageParts = {
  page: 6,

  figures(example) {
    const turns = turnsOf(example);
    const [q, k] = [
      [1, 2, 3, 4],
      [2, 1, 0, 1],
    ];
    const product = (query: number, key: number) => fixed(dot(at(query, q), at(key, k)), 6);
    const z = tap("hook_z");
    const none = example.bug("rope-none");
    const later = new Run(new Engine(example.model).feed(example.ids, 1));
    const moved = (name: string) => maxError(later.tap(name).data, example.tap(name).data);
    const neighbours = example.effect(example.bug("rope-interleaved"));
    const unturnedAll = example.effect(none);
    const backwards = example.effect(example.bug("rope-sign"));
    return {
      theta: count(example.model.config.ropeTheta),
      pairs: String(turns.length),
      "turn-0": turnText(turns[0]),
      "turn-last": turnText(turns[turns.length - 1]),
      "reversed-none": power(
        maxError(
          example.run(reversed(example), none).row(z, SHE),
          example.run(example.ids, none).row(z, SHE),
        ),
      ),
      "reversed-rope": fixed(
        maxError(example.run(reversed(example)).row(z, SHE), example.row(z, SHE)),
        2,
      ),
      "lead-before": fixed(lead(unturned(example)), 1),
      "lead-after": fixed(lead(turned(example)), 1),
      "ahead-after": fixed(Math.exp(lead(turned(example))), 0),
      "ahead-before": fixed(Math.exp(lead(unturned(example))), 0),
      "small-1": list(at(1, [1, 0])),
      "small-2": list(at(2, [1, 0])),
      "same-place": fixed(dot(at(7, q), at(7, k)), 0),
      "apart-5-3": product(5, 3),
      "apart-12-10": product(12, 10),
      "apart-102-100": product(102, 100),
      "later-distance": power(moved("logits")),
      "later-keys": digits(moved(tap("hook_rot_k")), 2),
      "neighbours-distance": digits(neighbours.distance, 2),
      "neighbours-said": neighbours.said,
      "none-distance": digits(unturnedAll.distance),
      "none-said": unturnedAll.said,
      "backwards-distance": digits(backwards.distance),
      "backwards-said": backwards.said,
    };
  },

  pictures: { clocks: clocksPicture },
};
