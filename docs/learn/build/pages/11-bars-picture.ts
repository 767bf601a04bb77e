/**
 * Page 11: the shares from which a word is drawn, hot and cold, and the number that decides.
 * @module
 */
import { inspectSampling } from "../../../../src/generation/inspect/inspect-sampling.ts";
import type { SamplingInspection } from "../../../../src/generation/inspect/sampling-inspection.ts";
import { element, notice, type Picture, text, WIDTH } from "../draw/picture.ts";
import type { Example } from "../example.ts";
import { LAST } from "../she.ts";
import { fixed } from "../text/numbers.ts";
import { plain } from "../text/pieces.ts";

export const TEMPERATURES = [0.1, 0.7, 1, 2, 5] as const;
/** Usual settings. */
export const FILTER = { topP: 0.95, topK: 64 } as const;
export const SEED = 0;
/** Words with a part of the bar of their own. */
const WORDS = 3;

/** The choice behind “she”. */
export function choiceOf(
  example: Example,
  options: Parameters<typeof inspectSampling>[1],
): SamplingInspection {
  return inspectSampling(example.row("logits", LAST + 1), { top: WORDS + 1, ...options });
}

/** The word that a draw has taken. */
export const drawnPiece = (example: Example, { drawn }: SamplingInspection): string =>
  drawn === undefined ? "nothing" : plain(example.tokenizer.piece(drawn.id));

const FILLS = [
  { class: "above", "fill-opacity": "0.5" },
  { class: "below", "fill-opacity": "0.5" },
  { class: "above", "fill-opacity": "0.25" },
] as const;

export function barsPicture(example: Example): Picture {
  const choices = TEMPERATURES.map((temperature) =>
    choiceOf(example, { temperature, ...FILTER, seed: SEED }),
  );
  const [left, top, wide, high, step] = [52, 74, WIDTH - 72, 26, 38];
  const u = choices[0].random as number;
  const x = (share: number) => left + share * wide;
  const y = (row: number) => top + row * step;
  const bottom = y(choices.length);
  const bar = (choice: SamplingInspection, row: number) => {
    let from = 0;
    const parts = choice.candidates.slice(0, WORDS).map(({ id, afterTopK: share }, i) => {
      const begin = x(from);
      from += share;
      const box = element("rect", {
        ...FILLS[i],
        x: begin,
        y: y(row),
        width: share * wide,
        height: high,
      });
      const words = `${plain(example.tokenizer.piece(id))} ${fixed(share, 2)}`;
      const label = text(words, begin + 5, y(row) + 17, { of: "small" });
      return share * wide > words.length * 6.3 + 6 ? box + label : box;
    });
    const rest = choice.counts.afterTopK - WORDS;
    const others = element("rect", {
      class: "grid",
      fill: "none",
      x: x(from),
      y: y(row),
      width: Math.max(0, (1 - from) * wide),
      height: high,
    });
    const label =
      1 - from > 0.3
        ? text(`${rest} others ${fixed(1 - from, 2)}`, x(from) + 5, y(row) + 17, { of: "small" })
        : "";
    return [...parts, others, label];
  };
  const third = choices[2].candidates[2].interval;
  return {
    title: "The bars from which the word behind “she” is drawn, from cold to hot",
    width: WIDTH,
    height: bottom + 34,
    body: [
      text("Behind “she”: what is drawn, at five temperatures", 16, 26, { of: "bold" }),
      text(
        `top-p ${FILTER.topP}, top-k ${FILTER.topK}; the line is the random number of seed ${SEED}`,
        16,
        44,
        {
          of: "small faint",
        },
      ),
      ...choices.flatMap((choice, row) => [
        text(`T ${TEMPERATURES[row]}`, left - 10, y(row) + 17, { anchor: "end", of: "small" }),
        ...bar(choice, row),
      ]),
      element("path", { class: "arrow", d: `M${x(u)} ${top - 12}V${bottom - 4}` }),
      text(`u = ${fixed(u, 4)}`, x(u), bottom + 12, { of: "notice", anchor: "middle" }),
      notice(
        {
          x: x(third[0]) - 3,
          y: y(2) - 4,
          width: (third[1] - third[0]) * wide + 6,
          height: high + 8,
        },
        "",
        { x: 0, y: 0 },
      ),
    ],
    table: {
      head: [
        "temperature",
        ...choices[2].candidates
          .slice(0, WORDS)
          .map(({ id }) => plain(example.tokenizer.piece(id))),
        "others",
        "drawn",
      ],
      rows: choices.map((choice, row) => {
        const shares = choice.candidates.slice(0, WORDS).map(({ afterTopK }) => afterTopK);
        const others = 1 - shares.reduce((a, b) => a + b, 0);
        return [
          String(TEMPERATURES[row]),
          ...[...shares, others].map((share) => fixed(share, 3)),
          drawnPiece(example, choice),
        ];
      }),
    },
  };
}
