/**
 * Page 12: what is kept of old tokens, and what goes wrong if it stands in the wrong place.
 * @module
 */
import { GEMMA_2B, GEMMA_7B, type GemmaConfig } from "../../../../src/config.ts";
import { Engine, type Parts } from "../../../../src/conformance/engine/engine.ts";
import { maxError } from "../../../../src/conformance/metrics.ts";
import { amountBars } from "../draw/amount-bars.ts";
import { element, notice, type Picture, text, WIDTH } from "../draw/picture.ts";
import { type BugEffect, type Example, PROMPT } from "../example.ts";
import type { PageParts } from "../page-parts.ts";
import { count, digits } from "../text/numbers.ts";
import { plain } from "../text/pieces.ts";

/** Words that are counted. */
const WORDS = 18;
/** The longest context of Gemma. */
const CONTEXT = GEMMA_7B.maxPositionEmbeddings;
const BYTES_OF_BFLOAT16 = 2;

/** Numbers that the cache holds of a token. */
const perToken = ({ numHiddenLayers, numKeyValueHeads: K, headDim: H }: GemmaConfig) =>
  2 * numHiddenLayers * K * H;

/** Rows that go through the blocks until `words` words stand behind `prompt` tokens. The last word is not fed. */
const rowsWith = (prompt: number, words: number) => prompt + words - 1;
const rowsWithout = (prompt: number, words: number) =>
  Array.from({ length: words }, (_, i) => prompt + i).reduce((sum, rows) => sum + rows, 0);

/** New words stand one place too far. */
const ONE_TOO_FAR: Parts = {
  wiring: { position: (pos, row) => (pos - row === 0 ? pos : pos + 1) },
};

/** The largest difference between 13 tokens in one pass and in 13 passes. */
function oneByOne(example: Example): number {
  const engine = new Engine(example.model);
  const rows = example.ids.map((id, pos) => engine.feed([id], pos).get("logits")?.data ?? []);
  return Math.max(...rows.map((row, pos) => maxError(row, example.row("logits", pos))));
}

function cachePicture(example: Example): Picture {
  const { pieces, model } = example;
  const [left, top, cell] = [84, 66, 15];
  const x = (key: number) => left + key * cell;
  const y = (query: number) => top + query * cell;
  const last = pieces.length - 1;
  const squares = (from: number, to: number) =>
    Array.from({ length: to - from }, (_, i) => from + i)
      .flatMap((l) => Array.from({ length: l + 1 }, (_, s) => [l, s]))
      .map(([l, s]) => `M${x(s) + 1} ${y(l) + 1}h${cell - 2}v${cell - 2}h${2 - cell}z`)
      .join("");
  const amounts = [
    ["bundled", perToken(model.config)],
    ["Gemma 2B", perToken(GEMMA_2B)],
    ["Gemma 7B", perToken(GEMMA_7B)],
  ] as const;
  const prompt = last;
  const rows = [
    ["with the cache", rowsWith(prompt, WORDS)],
    ["without it", rowsWithout(prompt, WORDS)],
  ] as const;
  const bars = (list: readonly (readonly [string, number])[], at: number) =>
    amountBars(
      list.map(([name, value]) => ({ name, value, written: count(value) })),
      { left: 330, top: at, width: 140 },
    );
  return {
    title: "The new word adds one row; all rows above it are done",
    width: WIDTH,
    height: 312,
    body: [
      text("Who looks at whom", 16, 26, { of: "bold" }),
      ...pieces.map((piece, l) =>
        text(plain(piece), left - 8, y(l) + 12, {
          anchor: "end",
          of: "small",
        }),
      ),
      text("keys, from left to right the same tokens", left, top - 10, { of: "small faint" }),
      element("path", { class: "below", "fill-opacity": 0.35, d: squares(0, last) }),
      element("path", { class: "above", d: squares(last, last + 1) }),
      notice(
        { x: 50, y: y(last) - 1, width: x(last + 1) - 46, height: cell + 3 },
        "one new row; nothing above it changes",
        { x: 34, y: y(last) + cell + 22 },
      ),
      text(`Rows computed for ${WORDS} words`, 330, 26, { of: "bold" }),
      ...bars(rows, 40),
      text("Numbers kept of a token", 330, 158, { of: "bold" }),
      ...bars(amounts, 172),
    ],
    table: {
      head: ["model", "blocks", "key heads", "head size", "numbers a token"],
      rows: (
        [
          ["bundled", model.config],
          ["Gemma 2B", GEMMA_2B],
          ["Gemma 7B", GEMMA_7B],
        ] as const
      ).map(([name, config]) => [
        name,
        String(config.numHiddenLayers),
        String(config.numKeyValueHeads),
        String(config.headDim),
        count(perToken(config)),
      ]),
    },
  };
}

export const kvCache: PageParts = {
  page: 12,

  figures(example) {
    const prompt = example.encode(PROMPT).length;
    const again = example.effect(example.bug("cache-chunk-restarts-position"));
    const far = example.effect(ONE_TOO_FAR);
    const unturned = example.effect(example.bug("cache-plain-keys"));
    const firstPass = ({ distance }: BugEffect) => (distance === 0 ? "0" : digits(distance));
    const memory = (config: GemmaConfig) => perToken(config) * CONTEXT * BYTES_OF_BFLOAT16;
    const { numHiddenLayers, numKeyValueHeads, headDim } = GEMMA_7B;
    return {
      prompt: String(prompt),
      words: String(WORDS),
      "words-1": String(WORDS - 1),
      with: String(rowsWith(prompt, WORDS)),
      without: String(rowsWithout(prompt, WORDS)),
      "without-last": String(prompt + WORDS - 1),
      "without-second": String(prompt + 1),
      "one-by-one": String(oneByOne(example)),
      context: count(CONTEXT),
      "memory-2b": `${Math.round(memory(GEMMA_2B) / 1e6)} MB`,
      "memory-7b": `${(memory(GEMMA_7B) / 1e9).toFixed(1)} GB`,
      "7b-product": `2 · ${numHiddenLayers} · ${numKeyValueHeads} · ${headDim}`,
      "7b-per-token": count(perToken(GEMMA_7B)),
      "said-right": example.continue(example.encode(PROMPT)),
      "said-again": again.said,
      "again-distance": firstPass(again),
      "said-far": far.said,
      "far-distance": firstPass(far),
      "said-plain": unturned.said,
      "plain-distance": firstPass(unturned),
    };
  },

  pictures: { rows: cachePicture },
};
