/**
 * Exercise `logits`: the last norm, and the table once more (model/forward.ts).
 * @module
 */
import { type Exercise, exercise } from "../exercise.ts";
import { row } from "../materials.ts";
import type { Parts, Row, Rows } from "../parts.ts";

const EPS = 1e-6;

/** Logits done right, over parts that may be a learner's. */
export function logitsOver({
  rmsNorm,
  linear,
}: Pick<Parts, "rmsNorm" | "linear">): Parts["logits"] {
  return (x, weight, table) => linear(rmsNorm(x, weight, EPS), table);
}

export const logits: Exercise = exercise({
  name: "logits",
  page: 10,
  title: "from a vector to a score for every word",
  noun: "output",
  task: `Norm the stream for the last time (RMSNorm with this weight, eps 1e-6), then
    take its dot product with every row of the embedding table: a score a word.`,
  functions: { logits: ["x", "weight", "table"] },
  hints: [
    "The norm is your rmsNorm, with an eps of 1e-6: copy it into the file.",
    "One dot product a word: your linear, with the table for W.",
    "No exp, no √D: logits are what softmax is given, and the table is used as it is stored.",
  ],
  knobs: {
    norm: {
      yes: "",
      none: "The last norm is missing. The order of words hardly shows it, every probability does.",
      "without 1 +": "The last norm is multiplied by `weight` alone. Its gain is 1 + weight, too.",
      twice: "The last norm is there twice.",
    },
    table: {
      "as stored": "",
      "times √D": "The table is scaled by √D. The scale belongs to the way in.",
      "over √D": "The table is divided by √D. On the way out it is used as it is stored.",
      "all zero":
        "All scores are 0, as of a table that nobody has filled. Gemma has no second one: the way out uses the rows of the way in.",
    },
    end: {
      logits: "",
      shares: "These are shares. Logits come before softmax.",
      "capped at 30":
        "Logits are capped, 30 · tanh(x / 30). Gemma 2 does that; Gemma 1 caps nothing.",
      "log shares": "These are logarithms of shares. Logits come before softmax.",
    },
  },
  build: ({ norm, table: scaled, end }) => ({
    logits(x, weight, table) {
      const D = x.length;
      const gain = norm === "without 1 +" ? weight : weight.map((w) => 1 + w);
      let y = norm === "none" ? x : normed(x, gain);
      if (norm === "twice") y = normed(y, gain);
      const by = {
        "as stored": 1,
        "times √D": Math.sqrt(D),
        "over √D": 1 / Math.sqrt(D),
        "all zero": 0,
      }[scaled];
      const scores = dots(y, table).map((value) => value * by);
      if (end === "logits") return scores;
      if (end === "capped at 30") return scores.map((value) => 30 * Math.tanh(value / 30));
      const max = scores.reduce((a, b) => Math.max(a, b));
      const sum = scores.reduce((total, value) => total + Math.exp(value - max), 0);
      const log = scores.map((value) => value - max - Math.log(sum));
      return end === "shares" ? log.map(Math.exp) : log;
    },
  }),
  cases({ nano }) {
    const { trace, model } = nano;
    const { norm, embedTokens } = model.weights;
    const root = Math.sqrt(2.5 + EPS);
    return [
      {
        name: "calculator",
        given: "x = [1, 2], weight = [0, 0], table = [[1, 0], [0, 1], [1, 1]]",
        golden: false,
        calls: [
          {
            where: "",
            args: () => [row(1, 2), row(0, 0), [row(1, 0), row(0, 1), row(1, 1)]],
            expected: row(1, 2, 3).map((value) => value / root),
          },
        ],
      },
      {
        name: "seven tokens of Google's code",
        given: "x has 72 numbers, the table 257 rows",
        golden: true,
        calls: trace.rows("logits.f64").map((expected, l) => ({
          where: `token ${l}`,
          args: () => [trace.rows("trace.layers.1.output.f64")[l], norm[0].slice(), embedTokens],
          expected,
        })),
      },
    ];
  },
});

function normed(x: Row, gain: Row): Row {
  const square = x.reduce((sum, value) => sum + value * value, 0) / x.length;
  return x.map((value, d) => (value / Math.sqrt(square + EPS)) * gain[d]);
}

function dots(x: Row, W: Rows): Row {
  return Float64Array.from(W, (w) => x.reduce((sum, value, d) => sum + value * w[d], 0));
}
