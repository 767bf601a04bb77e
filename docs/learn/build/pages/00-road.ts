/**
 * Page 0: the whole pass in one picture, and how large the model is.
 * @module
 */
import { countParameters } from "../../../../src/config.ts";
import { element, type Picture, text, WIDTH } from "../draw/picture.ts";
import { type Example, PROMPT } from "../example.ts";
import type { PageParts } from "../page-parts.ts";
import { count, fixed } from "../text/numbers.ts";
import { plain } from "../text/pieces.ts";

/** Places of the full stop, of the name, and of the last word before the answer. */
const [NAME, STOP, LAST] = [1, 8, 11];
/** The unit of the last block's MLP that says it loudest. */
const UNIT = 390;

/** The name of a text that differs in one thing. */
const OTHER = PROMPT.replace("Mira", "Sam");

/** How much row `from` of a head looks at row `to`. */
function look(example: Example, block: number, head: number, from: number, to: number): number {
  return example.tap(`blocks.${block}.attn.hook_pattern`).get(head, from, to);
}

/** The share of the next word that is `piece`, behind the token at a place. */
function share(example: Example, place: number, piece: string): number {
  const logits = example.row("logits", place);
  const most = Math.max(...logits);
  const sum = logits.reduce((total, logit) => total + Math.exp(logit - most), 0);
  return Math.exp(logits[example.tokenizer.idOf(piece) as number] - most) / sum;
}

function mapPicture(example: Example): Picture {
  const [left, top, height, wide] = [56, 64, 62, 36.5];
  const x = (column: number) => left + (column + 0.5) * wide;
  const y = (block: number) => top + (3 - block) * (height + 12) + height / 2;
  const bottom = y(0) + height / 2;
  const body = [text("One sentence on its way through the model, upwards", 16, 26, { of: "bold" })];
  for (let block = 0; block < 4; block++) {
    const at = { x: left, y: y(block) - height / 2, width: 13 * wide, height, rx: 6 };
    body.push(element("rect", { class: "line", ...at, "stroke-opacity": 0.35 }));
    body.push(text(`block ${block}`, left - 10, y(block) + 4, { anchor: "end", of: "small" }));
  }
  example.pieces.forEach((piece, column) => {
    const line = { x1: x(column), x2: x(column), y1: top - 8, y2: bottom + 12 };
    body.push(element("line", { class: "grid", ...line, "stroke-width": 2 }));
    body.push(
      text(plain(piece), x(column), bottom + (column % 2 ? 44 : 28), {
        anchor: "middle",
        of: "small",
      }),
    );
  });
  const fetch = look(example, 2, 1, LAST, STOP);
  const unit = example.row("blocks.3.mlp.hook_post", LAST)[UNIT];
  const without = example.run(example.encode(OTHER)).row("blocks.3.mlp.hook_post", LAST)[UNIT];
  const steps = [
    `The full stop looks at the name: ${fixed(look(example, 0, 0, STOP, NAME), 2)} of its attention.`,
    "The fact waits in the column of the full stop.",
    `The last word fetches it: ${fixed(fetch, 2)} of the attention of one head, of sixteen.`,
    `One number of ${example.model.config.intermediateSize} is the loudest: ${fixed(unit, 1)}. For Sam it is ${fixed(without, 2)}.`,
  ];
  const curve = (from: number, to: number, at: number) =>
    element("path", {
      class: "arrow",
      d: `M${x(from)} ${at + 16}Q${(x(from) + x(to)) / 2} ${at - 34} ${x(to) - 8} ${at + 6}`,
    });
  const tip = (at: number, up: number, turn: number) =>
    element("path", {
      class: "tip",
      d: "M-6 7L0 -5L6 7Z",
      transform: `translate(${at} ${up}) rotate(${turn})`,
    });
  const mark = (step: number, at: number, up: number) =>
    element("circle", { class: "tip", cx: at, cy: up, r: 9 }) +
    element(
      "text",
      { x: at, y: up + 4, "text-anchor": "middle", class: "bold ground" },
      String(step),
    );
  body.push(curve(NAME, STOP, y(0)), tip(x(STOP) - 8, y(0) + 6, 125));
  body.push(element("path", { class: "arrow", d: `M${x(STOP)} ${y(0) + 12}V${y(2) + 18}` }));
  body.push(curve(STOP, LAST, y(2)), tip(x(LAST) - 8, y(2) + 6, 130));
  body.push(
    element("path", { class: "arrow", d: `M${x(LAST)} ${y(2) + 12}V${top - 6}` }),
    tip(x(LAST), top - 8, 0),
  );
  body.push(mark(1, (x(NAME) + x(STOP)) / 2, y(0) - 9), mark(2, x(STOP), y(1)));
  body.push(mark(3, (x(STOP) + x(LAST)) / 2, y(2) - 9), mark(4, x(LAST), y(3)));
  body.push(
    text(`she ${fixed(share(example, LAST, "▁she"), 3)}`, x(LAST), top - 18, {
      anchor: "middle",
      of: "notice",
    }),
  );
  steps.forEach((step, i) => {
    body.push(mark(i + 1, 26, bottom + 78 + 24 * i), text(step, 44, bottom + 82 + 24 * i));
  });
  return {
    title: "The four steps by which the model finds “she”",
    width: WIDTH,
    height: bottom + 176,
    body,
    table: { head: ["step", "what happens"], rows: steps.map((step, i) => [String(i + 1), step]) },
  };
}

export const road: PageParts = {
  page: 0,

  figures(example) {
    const { config } = example.model;
    const { total, embedding } = countParameters(config);
    const last = config.hiddenSize;
    const blocks = config.numHiddenLayers;
    const logits = example.row("logits", LAST);
    const logit = (piece: string) => fixed(logits[example.tokenizer.idOf(piece) as number], 2);
    return {
      total: count(total),
      table: count(embedding),
      block: count((total - embedding - last) / blocks),
      "last-norm": count(last),
      words: count(config.vocabSize),
      "she-logit": logit("▁she"),
      "he-logit": logit("▁he"),
      said: example.continue(example.ids.slice(0, LAST + 1)),
    };
  },

  pictures: { map: mapPicture },
};
