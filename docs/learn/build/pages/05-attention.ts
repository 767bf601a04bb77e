/**
 * Page 5: one head looks back.
 * @module
 */
import { maxError } from "../../../../src/conformance/metrics.ts";
import { attention as attentionOfNn } from "../../../../src/nn/attention.ts";
import { softmax } from "../../../../src/nn/softmax.ts";
import { float64 } from "../../../../src/tensor/precision.ts";
import { tensor } from "../../../../src/tensor/tensor.ts";
import { element, notice, type Picture, text, WIDTH } from "../draw/picture.ts";
import { causalMap } from "../draw/share-map.ts";
import type { Example } from "../example.ts";
import type { PageParts } from "../page-parts.ts";
import { headRow, patternOf, sharesOf } from "../shares.ts";
import { digits, fixed } from "../text/numbers.ts";
import { plain } from "../text/pieces.ts";
import { dot } from "../vectors.ts";

/** The head that the page shows, and places in the sentence. */
const [BLOCK, HEAD] = [0, 0];
const [NAME, FOX, STOP, SHE] = [1, 3, 8, 12];

/** The largest number of 32 bits. */
const MOST_FLOAT32 = (2 - 2 ** -23) * 2 ** 127;

const tap = (name: string) => `blocks.${BLOCK}.attn.${name}`;

/** The dot products of a row's query with the keys of all tokens, those that it does not see too. */
function productsOf(example: Example, l: number): number[] {
  const query = headRow(example, tap("hook_rot_q"), HEAD, l);
  return example.ids.map((_, s) => dot(query, example.row(tap("hook_rot_k"), s)));
}

/** A row from its dot products to its shares, as texts. */
function stagesOf(example: Example, l: number): [string, string[]][] {
  const products = productsOf(example, l);
  const shares = sharesOf(example, BLOCK, HEAD, l);
  const scores = products.map((product) => product / Math.sqrt(example.model.config.headDim));
  return [
    ["q · k", products.map((product) => fixed(product, 1))],
    ["÷ √H", scores.map((score) => fixed(score, 1))],
    ["seen", scores.map((score, s) => (s <= l ? fixed(score, 1) : ""))],
    ["shares", example.ids.map((_, s) => (s <= l ? shareText(shares[s]) : ""))],
  ];
}

const shareText = (share: number) => (share < 0.0005 ? "0" : fixed(share, 3));

function patternPicture(example: Example): Picture {
  const [left, wide, line, high] = [96, 34, 21, 19];
  const x = (column: number) => left + (column + 0.5) * wide;
  const stages = stagesOf(example, STOP);
  const rows = patternOf(example, BLOCK, HEAD);
  const top = 84;
  const mapTop = top + stages.length * line + 44;
  const body = [
    text("Row 8, the full stop: from dot products to shares", 16, 26, { of: "bold" }),
    ...example.pieces.map((piece, s) => {
      const at = s % 2 ? 62 : 48;
      return text(plain(piece), x(s), at, { anchor: "middle", of: "small" });
    }),
    ...stages.flatMap(([name, values], i) => [
      text(name, left - 10, top + i * line, { anchor: "end", of: "small" }),
      ...values.flatMap((value, s) =>
        value ? [text(value, x(s), top + i * line, { anchor: "middle", of: "small" })] : [],
      ),
    ]),
    text("come later: left out", x(STOP + 2.5), top + 2 * line, {
      anchor: "middle",
      of: "small faint",
    }),
    text("All rows: the pattern of block 0, head 0", 16, mapTop - 14, { of: "bold" }),
    ...causalMap(rows, { x: left, y: mapTop, cell: { width: wide, height: high } }),
  ];
  rows.forEach((shares, l) => {
    const baseline = mapTop + (l + 0.5) * high + 4;
    body.push(
      text(`${l} ${plain(example.pieces[l])}`, left - 10, baseline, { anchor: "end", of: "small" }),
    );
    shares.forEach((share, s) => {
      if (share < 0.1) return;
      const of = share > 0.5 ? "small ground" : "small";
      body.push(text(fixed(share, 2), x(s), baseline, { anchor: "middle", of }));
    });
  });
  const cell = (l: number, s: number) => ({
    x: left + s * wide - 2,
    y: mapTop + l * high - 2,
    width: wide + 4,
    height: high + 4,
  });
  const beside = (l: number) => ({ x: left + (l + 1) * wide + 8, y: mapTop + l * high + 14 });
  const says = (l: number, s: number) =>
    `“${plain(example.pieces[l])}” looks at “${plain(example.pieces[s])}”`;
  body.push(
    notice(cell(FOX, FOX - 1), says(FOX, FOX - 1), beside(FOX)),
    notice(cell(STOP, NAME), says(STOP, NAME), beside(STOP)),
    notice(cell(SHE, NAME), says(SHE, NAME), {
      x: left + 2,
      y: mapTop + rows.length * high + 18,
    }),
    element("rect", {
      class: "ring",
      x: x(NAME) - wide / 2,
      y: top - 15,
      width: wide,
      height: stages.length * line,
      rx: 6,
    }),
  );
  return {
    title: "One head: how the full stop finds the name, and whom each token looks at",
    width: WIDTH,
    height: mapTop + rows.length * high + 34,
    body,
    table: {
      head: ["token", ...example.pieces.map(plain)],
      rows: [
        ...stages.map(([name, values]) => [`row 8, ${name}`, ...values]),
        ...rows.map((shares, l) => [
          `${l} ${example.pieces[l]}`,
          ...example.ids.map((_, s) => (s <= l ? fixed(shares[s], 2) : "")),
        ]),
      ],
    },
  };
}

/** [a, b, c] */
const list = (x: ArrayLike<number>, places: number) =>
  `[${Array.from(x, (value) => fixed(value, places)).join(", ")}]`;

/** The calculator's head: one query that sees two keys. */
function smallHead(): { shares: number[]; z: number[] } {
  const of = (values: number[], L: number) => tensor(new Float64Array(values), [L, 1, 4]);
  const pattern = tensor(new Float64Array(2), [1, 1, 2]);
  const [q, k] = [of([2, 0, 0, 0], 1), of([1, 0, 0, 0, 2, 0, 0, 0], 2)];
  const v = of([10, 0, 0, 0, 0, 10, 0, 0], 2);
  const z = attentionOfNn(q, k, v, { pos: 1, precision: float64, pattern });
  return { shares: [...pattern.data], z: [...z.data].slice(0, 2) };
}

function largestScore(example: Example): number {
  const blocks = example.model.weights.layers.map((_, block) => `blocks.${block}`);
  return Math.max(
    ...blocks.flatMap((block) => [...example.tap(`${block}.attn.hook_attn_scores`).data]),
  );
}

export const attention: PageParts = {
  page: 5,

  figures(example) {
    const { headDim: H, hiddenSize: D } = example.model.config;
    const share = (l: number, s: number) => fixed(sharesOf(example, BLOCK, HEAD, l)[s]);
    const products = productsOf(example, STOP);
    const z = headRow(example, tap("hook_z"), HEAD, STOP);
    const value = example.row(tap("hook_v"), NAME);
    const small = smallHead();
    const three = softmax(tensor(new Float64Array([1, 2, 3]), [1, 3]), { precision: float64 });
    const next = example.effect(example.bug("attention-sees-next"));
    const blind = example.effect(example.bug("attention-not-itself"), true);
    const unscaled = example.effect(example.bug("attention-no-scale"), true);
    const wide = example.effect({ wiring: { attentionScale: () => 1 / Math.sqrt(D) } }, true);
    return {
      "head-size": String(H),
      "root-h": String(Math.sqrt(H)),
      "stop-product": fixed(products[NAME], 1),
      "stop-score": fixed(products[NAME] / Math.sqrt(H), 2),
      "bos-score": fixed(products[0] / Math.sqrt(H), 2),
      "score-ratio": fixed(Math.exp((products[NAME] - products[0]) / Math.sqrt(H)), 0),
      "stop-mira": share(STOP, NAME),
      "stop-bos": share(STOP, 0),
      "fox-the": share(FOX, FOX - 1),
      "she-mira": share(SHE, NAME),
      "stop-z": list(z.slice(0, 3), 4),
      "mira-value": list(value.slice(0, 3), 4),
      "copy-distance": fixed(maxError(z, value), 3),
      "softmax-three": list(three.data, 3),
      "small-shares": list(small.shares, 4),
      "small-z": list(small.z, 3),
      "next-distance": digits(next.distance),
      "next-said": next.said,
      "blind-distance": digits(blind.distance),
      "blind-said": blind.said,
      "unscaled-distance": digits(unscaled.distance, 2),
      "unscaled-said": unscaled.said,
      "wide-root": fixed(Math.sqrt(D), 1),
      "wide-distance": digits(wide.distance, 2),
      "wide-said": wide.said,
      "largest-score": fixed(largestScore(example), 1),
      "exp-limit": fixed(Math.floor(Math.log(Number.MAX_VALUE)), 0),
      "exp-limit-32": fixed(Math.floor(Math.log(MOST_FLOAT32)), 0),
      "exp-1000": String(Math.exp(1000)),
      "not-a-number": String(Math.exp(1000) / Math.exp(1000)),
    };
  },

  pictures: { pattern: patternPicture },
};
