/**
 * Exercise `rmsnorm`: nn/rmsnorm.ts, one row.
 * @module
 */
import { roundToBfloat16 } from "../../tensor/bfloat16.ts";
import { type Exercise, exercise } from "../exercise.ts";
import { row } from "../materials.ts";

const GAINS = {
  "1 + weight": (w: number) => 1 + w,
  weight: (w: number) => w,
  "2 + weight": (w: number) => 2 + w,
  "1 + weight in bfloat16": (w: number) => roundToBfloat16(1 + w),
} as const;

export const rmsnorm: Exercise = exercise({
  name: "rmsnorm",
  page: 3,
  title: "divide a vector by its size",
  noun: "norm",
  task: `Divide a row by its root mean square, √(mean(x²) + eps), then multiply each
    number by its gain. The gain is stored as an offset: it is 1 + weight.`,
  functions: { rmsNorm: ["x", "weight", "eps"] },
  hints: [
    "One number is needed of the whole row before anything is divided: two loops, one behind the other.",
    "The order is: squares, their mean, + eps, root. The mean divides by x.length.",
    "What is a weight of 0 to do? Leave x as it is. So the gain is not the weight itself.",
  ],
  knobs: {
    gain: {
      "1 + weight": "",
      weight:
        "This is what comes out if the gain is `weight`. Gemma stores it as an offset: which value leaves x as it is?",
      "2 + weight":
        "This is what comes out if the gain is 2 + weight. The 1 is added once: is it there twice?",
      "1 + weight in bfloat16":
        "1 + weight is rounded to bfloat16 here, which keeps 8 bits of it. Leave it in float64.",
    },
    size: {
      mean: "",
      sum: "This is too small by √D: it divides by the root of the sum. What makes a mean of a sum?",
    },
    root: {
      "√": "",
      none: "This divides by the mean square itself. The R of RMS is missing.",
    },
    eps: {
      inside: "",
      outside:
        "ε is added to the root here. It belongs under the root: no text would show you, small rows do.",
      none: "ε is missing. Large rows do not need it: what happens to small ones, and to a row of zeros?",
      "1e-5":
        "ε is 1e-5 here, whatever `eps` says. Llama has that one; the third argument says which is meant.",
    },
    centre: {
      no: "",
      yes: "The mean is subtracted first: this is LayerNorm. What does RMSNorm leave out?",
    },
    quotient: {
      "as it is": "",
      "in bfloat16":
        "x / root is rounded to bfloat16 before it is multiplied by the gain. Leave it in float64: real ports rounded too early, too.",
    },
  },
  build: ({ gain, size, root, eps: place, centre, quotient }) => ({
    rmsNorm(x, weight, given) {
      const D = x.length;
      const mean = centre === "yes" ? x.reduce((a, b) => a + b, 0) / D : 0;
      const squares = x.reduce((sum, value) => sum + (value - mean) ** 2, 0);
      const square = size === "mean" ? squares / D : squares;
      const inside = { inside: given, outside: 0, none: 0, "1e-5": 1e-5 }[place];
      const inner = square + inside;
      const divisor = (root === "√" ? Math.sqrt(inner) : inner) + (place === "outside" ? given : 0);
      const round = quotient === "as it is" ? (value: number) => value : roundToBfloat16;
      return x.map((value, d) => round((value - mean) / divisor) * GAINS[gain](weight[d]));
    },
  }),
  cases({ ops }) {
    return [
      {
        name: "calculator",
        given: "x = [3, 4], weight = [0, 0.5], eps = 1e-6",
        golden: false,
        calls: [
          {
            where: "",
            args: () => [row(3, 4), row(0, 0.5), 1e-6],
            expected: row(3, 6).map((value) => value / Math.sqrt(12.5 + 1e-6)),
          },
        ],
      },
      ...[0, 1, 2, 3].map((i) => {
        const [x, [weight]] = [ops.rows(`rms_norm.${i}.x`), ops.rows(`rms_norm.${i}.weight`)];
        const [eps] = ops.numbers(`rms_norm.${i}.eps`);
        return {
          name: `Google's RMSNorm, ${i}`,
          given: `${x.length} rows of ${weight.length} numbers`,
          golden: true,
          calls: ops.rows(`rms_norm.${i}.y.f64`).map((expected, l) => ({
            where: `row ${l}`,
            args: () => [x[l].slice(), weight.slice(), eps],
            expected,
          })),
        };
      }),
    ];
  },
});
