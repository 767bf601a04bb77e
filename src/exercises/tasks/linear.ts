/**
 * Exercise `linear`: nn/linear.ts, one row.
 * @module
 */
import { type Exercise, exercise } from "../exercise.ts";
import { row } from "../materials.ts";
import type { Row, Rows } from "../parts.ts";

export const linear: Exercise = exercise({
  name: "linear",
  page: 4,
  title: "a list of dot products",
  noun: "projection",
  task: `Multiply a row by a matrix. Each row of W makes one number of the result: its
    dot product with x. W has F rows of D numbers, x has D, the result has F.`,
  functions: { linear: ["x", "W"] },
  hints: [
    "There are as many outputs as rows of W.",
    "Each output is one dot product: the sum of x[d] · W[f][d] over d.",
    "Start the sum at 0 inside the outer loop, and add in the inner one.",
  ],
  knobs: {
    weight: {
      rows: "",
      columns:
        "W is read the other way round. Each row of W makes one output; yours sums down the columns.",
    },
    sum: {
      all: "",
      "last product": "The sum is set, not added to: only the last product is left of it.",
      "first product": "Only the first product is there. Does the inner loop return too early?",
    },
    start: {
      "at 0 for each": "",
      once: "Each output still has the one before it inside. Where does the sum begin anew?",
    },
  },
  build: ({ weight, sum: which, start }) => ({
    linear(x: Row, W: Rows) {
      const rows = weight === "columns" ? columnsOf(W) : W;
      let carried = 0;
      return Float64Array.from(rows, (w) => {
        let sum = carried;
        if (which === "all") for (let d = 0; d < x.length; d++) sum += x[d] * w[d];
        else {
          const d = which === "first product" ? 0 : x.length - 1;
          sum += x[d] * w[d];
        }
        if (start === "once") carried = sum;
        return sum;
      });
    },
  }),
  cases({ nano }) {
    const { trace, model } = nano;
    const { qProj, oProj, gateProj } = model.weights.layers[0];
    const golden = (name: string, x: string, W: Rows, y: (row: Row) => Row, of: string) => ({
      name,
      given: `x has ${W[0].length} numbers, W ${W.length} rows`,
      golden: true,
      calls: trace.rows(`trace.layers.0.${of}.f64`).map((expected, l) => ({
        where: `token ${l}`,
        args: () => [trace.rows(`trace.layers.0.${x}.f64`)[l], W],
        expected: y(expected),
      })),
    });
    return [
      {
        name: "calculator",
        given: "x = [1, 2], W = [[3, 4], [5, 6]]",
        golden: false,
        calls: [
          { where: "", args: () => [row(1, 2), [row(3, 4), row(5, 6)]], expected: row(11, 17) },
        ],
      },
      golden("Google's q, as wide as x", "attn_norm", qProj, (qkv) => qkv.slice(0, 72), "qkv"),
      golden("Google's attention output", "attn_heads", oProj, (y) => y, "attn_out"),
      golden("Google's gate, wider than x", "mlp_norm", gateProj, (y) => y, "gate"),
    ];
  },
});

function columnsOf(W: Rows): Rows {
  return Array.from(W[0], (_, d) => Float64Array.from(W, (w) => w[d]));
}
