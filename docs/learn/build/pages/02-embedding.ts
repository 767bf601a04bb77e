/**
 * Page 2: the vectors of the sentence, and which words lie near which.
 * @module
 */
import { roundToBfloat16 } from "../../../../src/tensor/bfloat16.ts";
import { widenRow } from "../../../../src/tensor/stored.ts";
import { heatMap } from "../draw/heat-map.ts";
import { element, notice, type Picture, text, WIDTH } from "../draw/picture.ts";
import type { Example } from "../example.ts";
import type { PageParts } from "../page-parts.ts";
import { count, digits, fixed, markdownTable } from "../text/numbers.ts";
import { dot } from "../vectors.ts";

/** Rows of the table as they are stored. */
function tableRow({ model }: Example, id: number): Float64Array {
  const row = new Float64Array(model.config.hiddenSize);
  widenRow(model.weights.embedTokens.stored, id, row);
  return row;
}

/** The words whose rows point most nearly as that of `piece`, with the cosine of the angle between. */
function neighbours(example: Example, piece: string, most: number): [string, number][] {
  const { tokenizer } = example;
  const id = tokenizer.idOf(piece) as number;
  const x = tableRow(example, id);
  return Array.from({ length: tokenizer.vocabSize }, (_, other): [string, number] => {
    const y = tableRow(example, other);
    return [tokenizer.piece(other), dot(x, y) / Math.sqrt(dot(x, x) * dot(y, y))];
  })
    .filter((_, other) => other !== id)
    .sort(([, a], [, b]) => b - a)
    .slice(0, most);
}

function streamPicture(example: Example): Picture {
  const rows = example.pieces.map((_, row) => example.row("hook_embed", row));
  const [left, top, height, gap] = [112, 64, 14, 4];
  const cell = { width: 3.3, height };
  const limit = Math.max(...rows.flatMap((row) => Array.from(row, Math.abs)));
  const y = (row: number) => top + row * (height + gap);
  const right = left + cell.width * rows[0].length;
  const frame = (row: number) => ({
    x: left - 4,
    y: y(row) - 4,
    width: right - left + 8,
    height: height + 8,
  });
  const shown = Array.from({ length: 6 }, (_, channel) => channel);
  return {
    title: "The thirteen vectors as they come from the table: two rows are the same",
    width: WIDTH,
    height: y(rows.length) + 34,
    body: [
      text("13 tokens, 128 channels each", 16, 26, { of: "bold" }),
      ...legend(limit),
      ...rows.map((_, row) => {
        return text(`${row}  ${example.pieces[row]}`, left - 10, y(row) + 11, {
          anchor: "end",
          of: "small mono",
        });
      }),
      ...heatMap(rows, { x: left, y: top, cell, limit, gap }),
      notice(frame(2), "", { x: 0, y: 0 }),
      notice(frame(10), "rows 2 and 10, both “the”, are equal", {
        x: right,
        y: y(rows.length) + 16,
        anchor: "end",
      }),
      text("channel 0", left, y(rows.length) + 16, { of: "small faint" }),
    ],
    table: {
      head: ["token", ...shown.map((channel) => `channel ${channel}`), "…", "127"],
      rows: rows.map((row, i) => [
        example.pieces[i],
        ...shown.map((channel) => fixed(row[channel], 3)),
        "…",
        fixed(row[127], 3),
      ]),
    },
  };
}

/** Blue and orange, with what they stand for. */
function legend(limit: number): string[] {
  const x = WIDTH - 196;
  const box = (at: number, side: string) =>
    element("rect", { class: side, x: at, y: 18, width: 12, height: 12, rx: 2 });
  return [
    box(x, "below"),
    text(fixed(-limit, 1), x + 17, 28, { of: "small" }),
    text("ground: 0", x + 55, 28, { of: "small" }),
    box(x + 124, "above"),
    text(fixed(limit, 1), x + 141, 28, { of: "small" }),
  ];
}

const bfloat16Scale = (example: Example) =>
  roundToBfloat16(Math.sqrt(example.model.config.hiddenSize));

export const embedding: PageParts = {
  page: 2,

  figures(example) {
    const { hiddenSize: D, vocabSize: V } = example.model.config;
    const stored = tableRow(example, example.ids[1]);
    const unscaled = example.effect(example.bug("embed-unscaled"));
    const rounded = example.effect(example.bug("embed-scale-bfloat16"));
    const sizes = example.ids.map((_, row) => {
      const x = example.row("hook_embed", row);
      return Math.sqrt(dot(x, x) / D);
    });
    const equal = example
      .row("hook_embed", 2)
      .every((x, i) => x === example.row("hook_embed", 10)[i]);
    return {
      "mira-id": String(example.ids[1]),
      "table-rows": count(V),
      "table-size": count(V * D),
      "root-d": fixed(Math.sqrt(D)),
      "mira-stored": fixed(stored[0]),
      "mira-channel": fixed(example.row("hook_embed", 1)[0]),
      "the-rows": equal ? "equal to the last bit" : "different",
      "least-size": fixed(Math.min(...sizes), 2),
      "most-size": fixed(Math.max(...sizes), 2),
      "unscaled-said": unscaled.said,
      "unscaled-distance": digits(unscaled.distance),
      "rounded-scale": fixed(bfloat16Scale(example)),
      "rounded-distance": fixed(rounded.distance),
      "rounded-said": rounded.said,
      "root-2b": fixed(Math.sqrt(2048)),
      "rounded-2b": fixed(roundToBfloat16(Math.sqrt(2048)), 2),
    };
  },

  pictures: { stream: streamPicture },

  blocks: {
    neighbours(example) {
      const rows = ["▁Mira", "Mira", "▁lighthouse", "6", "▁she"]
        .filter((piece) => example.ids.includes(example.tokenizer.idOf(piece) as number))
        .map((piece) => [
          piece,
          neighbours(example, piece, 5)
            .map(([near, cosine]) => `${near} ${fixed(cosine, 2)}`)
            .join(", "),
        ]);
      return markdownTable(
        ["token", "nearest rows of the table, and the cosine of the angle"],
        rows,
      );
    },
  },
};
