/**
 * Page 4: a projection is a list of dot products.
 * @module
 */
import { GEMMA_2B } from "../../../../src/config.ts";
import { fastLinear } from "../../../../src/conformance/engine/fast-linear.ts";
import { linear } from "../../../../src/nn/linear.ts";
import { float64 } from "../../../../src/tensor/precision.ts";
import { type Stored, widenRow } from "../../../../src/tensor/stored.ts";
import { tensor } from "../../../../src/tensor/tensor.ts";
import { heatMap } from "../draw/heat-map.ts";
import { element, notice, type Picture, short, text, WIDTH } from "../draw/picture.ts";
import { signedBars } from "../draw/signed-bars.ts";
import type { BugEffect, Example } from "../example.ts";
import type { PageParts } from "../page-parts.ts";
import { count, digits, fixed } from "../text/numbers.ts";

/** Where “Mira” stands. */
const NAME = 1;

/** A row of a matrix, widened. */
function rowOf(weight: Stored, f: number): Float64Array {
  const row = new Float64Array(weight.shape[1]);
  widenRow(weight, f, row);
  return row;
}

/** What makes the first number of the key of “Mira”: the vector, the row, their products. */
function firstKey(example: Example) {
  const x = example.row("blocks.0.ln1.hook_out", NAME);
  const w = rowOf(example.model.weights.layers[0].kProj.stored, 0);
  const products = x.map((value, d) => value * w[d]);
  return { x, w, products, key: example.row("blocks.0.attn.hook_k", NAME)[0] };
}

const sum = (values: Float64Array) => values.reduce((total, value) => total + value, 0);

function productsPicture(example: Example): Picture {
  const { x, w, products, key } = firstKey(example);
  const [left, step] = [106, 3.3];
  const right = left + step * x.length;
  const most = (row: Float64Array) => Math.max(...row.map(Math.abs));
  const map = (row: Float64Array, y: number) =>
    heatMap([row], { x: left, y, cell: { width: step, height: 16 }, limit: most(row) });
  const label = (words: string, y: number) =>
    text(words, left - 10, y, { anchor: "end", of: "small" });
  const [barsAt, lineAt] = [150, 268];
  let total = 0;
  const line = Array.from(products, (product, d) => {
    total += product;
    return `${short(left + (d + 1) * step)} ${short(lineAt - 40 * total)}`;
  });
  const end = { x: right, y: lineAt - 40 * key };
  const { q, k, v } = widthsOf(example);
  const boxes = [
    { name: "q", wide: q, x: left },
    { name: "k", wide: k, x: left + q + 18 },
    { name: "v", wide: v, x: left + q + k + 36 },
  ];
  const [boxTop, boxHeight] = [350, 39];
  return {
    title: "How 128 products make the first number of the key of “Mira”",
    width: WIDTH,
    height: boxTop + 92,
    body: [
      text("One row of the matrix asks one question of “Mira”", 16, 26, { of: "bold" }),
      label("“Mira”, normed", 58),
      ...map(x, 46),
      label("row 0 of k_proj", 84),
      ...map(w, 72),
      label("their products", barsAt + 4),
      ...signedBars(products, { x: left, y: barsAt, step, scale: 160 }),
      label("added up", lineAt - 8),
      label("from the left", lineAt + 6),
      element("line", { class: "grid", x1: left, x2: right, y1: lineAt, y2: lineAt }),
      element("path", {
        class: "line",
        "stroke-width": 1.5,
        d: `M${left} ${lineAt}L${line.join("L")}`,
      }),
      notice(
        { x: end.x - 7, y: end.y - 7, width: 14, height: 14 },
        `${fixed(key)}: the first of 64 numbers of its key`,
        { x: right + 7, y: lineAt + 22, anchor: "end" },
      ),
      text("What the attention of a block asks, for 13 tokens", 16, boxTop - 18, { of: "bold" }),
      ...boxes.flatMap(({ name, wide, x: at }) => [
        element("rect", {
          class: "line",
          ...{ x: at, y: boxTop, width: wide, height: boxHeight, rx: 3 },
        }),
        text(`${name}: 13 × ${wide}`, at + wide / 2, boxTop + boxHeight / 2 + 4, {
          anchor: "middle",
          of: "small",
        }),
      ]),
      notice(
        { x: boxes[1].x - 6, y: boxTop - 6, width: k + v + 30, height: boxHeight + 12 },
        "a quarter as wide: page 7 says why",
        { x: boxes[2].x + v + 6, y: boxTop + boxHeight + 26, anchor: "end" },
      ),
    ],
    table: {
      head: ["channel", "“Mira”, normed", "row 0 of k_proj", "product"],
      rows: [0, 1, 2, 3, 127].map((d) => [
        String(d),
        ...[x, w, products].map((row) => fixed(row[d])),
      ]),
    },
  };
}

/** How many numbers a token gets of each. */
function widthsOf({ model }: Example): { q: number; k: number; v: number } {
  const { numAttentionHeads: N, numKeyValueHeads: K, headDim: H } = model.config;
  return { q: N * H, k: K * H, v: K * H };
}

/** The numbers of a matrix as they lie, read as if they lay [in, out]. */
function readTheOtherWay(weight: Stored): Stored {
  const [F, D] = weight.shape;
  const flat = new Float64Array(F * D);
  for (let f = 0; f < F; f++) flat.set(rowOf(weight, f), f * D);
  const read = Float64Array.from(flat, (_, i) => flat[(i % D) * F + Math.floor(i / D)]);
  return { dtype: "float64", shape: weight.shape, data: read };
}

/** What becomes of the sentence if some matrices are read the other way. */
function misread(example: Example, weights: readonly Stored[]): BugEffect {
  const read = new Map(weights.map((weight) => [weight, readTheOtherWay(weight)]));
  return example.effect({
    components: { linear: (x, weight, o) => fastLinear(x, read.get(weight) ?? weight, o) },
  });
}

export const projections: PageParts = {
  page: 4,

  figures(example) {
    const { layers } = example.model.weights;
    const { x, w, products, key } = firstKey(example);
    const { q, k, v } = widthsOf(example);
    const small = (numbers: number[]) => {
      const weight: Stored = { dtype: "float64", shape: [2, 2], data: new Float64Array(numbers) };
      const y = linear(tensor(new Float64Array([1, 2]), [1, 2]), weight, { precision: float64 });
      return `[${Array.from(y.data, (value) => fixed(value, 0)).join(", ")}]`;
    };
    const matrices = layers.flatMap((of) =>
      [of.qProj, of.kProj, of.vProj, of.oProj, of.gateProj, of.upProj, of.downProj].map(
        ({ stored }) => stored,
      ),
    );
    const one = misread(example, [layers[0].kProj.stored]);
    const all = misread(example, matrices);
    const { numAttentionHeads: N, headDim: H, hiddenSize: D } = GEMMA_2B;
    return {
      "q-width": String(q),
      "k-width": String(k),
      questions: String(q + k + v),
      weights: count((q + k + v) * x.length),
      key: fixed(key),
      positive: String(products.filter((product) => product > 0).length),
      "sum-above": fixed(sum(products.filter((product) => product > 0))),
      "sum-below": fixed(sum(products.filter((product) => product < 0))),
      "first-x": fixed(x[0]),
      "first-w": fixed(w[0]),
      "first-product": fixed(products[0]),
      small: small([3, 4, 5, 6]),
      "small-transposed": small([3, 5, 4, 6]),
      matrices: String(matrices.length),
      "one-distance": digits(one.distance, 2),
      "one-said": one.said,
      "all-distance": digits(all.distance),
      "all-said": all.said,
      "square-2b": `${N * H} × ${D}`,
    };
  },

  pictures: { products: productsPicture },
};
