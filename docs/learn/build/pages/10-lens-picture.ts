/**
 * Page 10, first picture: what the model would say behind “lighthouse”, from the table to its end.
 * @module
 */
import { element, notice, type Picture, short, text, WIDTH } from "../draw/picture.ts";
import type { Example } from "../example.ts";
import { lensLogits, STATIONS, sharesOfLogits } from "../lens.ts";
import { LAST, type Name, pairOf } from "../she.ts";
import { fixed } from "../text/numbers.ts";

const WORDS = ["▁she", "▁he", "▁lighthouse"] as const;

/** The probabilities of the three words at each station. */
export function lensOf(example: Example, name: Name): Record<(typeof WORDS)[number], number>[] {
  return STATIONS.map(([, tap]) => {
    const shares = sharesOfLogits(lensLogits(example, pairOf(example)[name], tap, LAST));
    const of = (word: string) => shares[example.tokenizer.idOf(word) as number];
    return { "▁she": of("▁she"), "▁he": of("▁he"), "▁lighthouse": of("▁lighthouse") };
  });
}

/** How each line is drawn, and where its name stands: at a station, this far from the line. */
const LINES = [
  {
    word: "▁she",
    style: { class: "line", style: "stroke:var(--above)", "stroke-width": 3 },
    at: 6,
    by: -10,
  },
  {
    word: "▁he",
    style: { class: "line", style: "stroke:var(--below)", "stroke-width": 3 },
    at: 2,
    by: -10,
  },
  {
    word: "▁lighthouse",
    style: { class: "line", "stroke-width": 2, "stroke-dasharray": "5 4" },
    at: 0,
    by: -8,
  },
] as const;

export function lensPicture(example: Example): Picture {
  const lens = lensOf(example, "Mira");
  const [left, top, wide, high] = [52, 60, WIDTH - 84, 200];
  const x = (station: number) => left + (station / (STATIONS.length - 1)) * wide;
  const y = (share: number) => top + (1 - share) * high;
  const turn = STATIONS.findIndex((_, s) => s > 0 && lens[s]["▁she"] > lens[s]["▁he"]);
  return {
    title: "The lens behind “lighthouse”: “he” leads until the attention of block 2, then “she”",
    width: WIDTH,
    height: 312,
    body: [
      text("If the model had to answer here: probabilities behind “lighthouse”", 16, 26, {
        of: "bold",
      }),
      ...[0, 0.5, 1].flatMap((share) => [
        element("line", { class: "grid", x1: left, x2: left + wide, y1: y(share), y2: y(share) }),
        text(fixed(share, 1), left - 10, y(share) + 4, { anchor: "end", of: "small" }),
      ]),
      ...STATIONS.map(([name], s) =>
        text(name, x(s), top + high + 22, { anchor: "middle", of: "small" }),
      ),
      text("after its attention (mid) and its MLP (post), block by block", left, top + high + 42, {
        of: "small faint",
      }),
      ...LINES.flatMap(({ word, style, at, by }) => {
        const d = `M${lens.map((shares, s) => `${short(x(s))} ${short(y(shares[word]))}`).join("L")}`;
        const name = text(word.slice(1), x(at) + (at === 0 ? 4 : 0), y(lens[at][word]) + by, {
          of: "bold",
          anchor: at === 0 ? "start" : "middle",
        });
        return [element("path", { ...style, d }), name];
      }),
      notice(
        { x: x(turn) - 14, y: y(lens[turn]["▁she"]) - 14, width: 28, height: 28 },
        `she ${fixed(lens[turn]["▁she"], 2)}, by block 2`,
        { x: x(turn) + 22, y: y(lens[turn]["▁she"]) + 22 },
      ),
    ],
    table: {
      head: ["place", "she", "he", "lighthouse"],
      rows: STATIONS.map(([name], s) => [name, ...WORDS.map((word) => fixed(lens[s][word], 3))]),
    },
  };
}
