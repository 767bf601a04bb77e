/**
 * Exercise `attention`: nn/attention.ts, one head.
 * @module
 */
import { roundToFloat16 } from "../../tensor/float16.ts";
import { type Choices, type Exercise, exercise, rightChoices } from "../exercise.ts";
import { copied, row } from "../materials.ts";
import type { Parts, Row, Rows } from "../parts.ts";

const KNOBS = {
  scale: {
    "1/√H": "",
    none: "Scores are √H too large: they are not divided. Dot products grow with the length of a head; what keeps them where softmax can choose?",
    "1/H": "Scores are divided by H. That is √H too much: the shares come out too even.",
    "√H": "Scores are multiplied by √H. They are to become smaller, not larger.",
  },
  sees: {
    "0 … pos + l": "",
    "one more":
      "Each row sees one key too many: row l stands at pos + l, and sees itself and all before it. Who may look at the next word?",
    "one less":
      "Each row sees one key too few: a token sees itself, too. Count the keys of row 0 at pos 0.",
    "one more of this pass":
      "Each row but the last sees one key too many. Who may look at the next word?",
    all: "Every row sees all keys, later ones too. Who may see whom?",
    "all of this pass": "Every row sees all keys of its pass, later ones too. Who may see whom?",
    "0 … l":
      "`pos` is left out: this is right in one pass from the start. At pos 4, row 0 sees one key of five.",
  },
  score: {
    plain: "",
    "capped at 50":
      "Scores are capped, 50 · tanh(score / 50). Gemma 2 does that; Gemma 1 caps nothing.",
    "in float16":
      "Scores are rounded to float16 before softmax, which keeps 11 bits of them. Leave them in float64.",
  },
  mask: {
    "before softmax": "",
    "after softmax":
      "Later keys get their share first, and then it is taken away: what is left does not sum to 1. Mask before softmax.",
    "as a score of 0":
      "Later keys have a score of 0 here, which is a score like any other. Leave them out of the softmax.",
  },
  mixes: {
    values: "",
    keys: "The mixture is of keys. A key is what a token is found by: what does it hand over?",
  },
} as const;

const SCORES = {
  plain: (score: number) => score,
  "capped at 50": (score: number) => 50 * Math.tanh(score / 50),
  "in float16": roundToFloat16,
} as const;

function attentionOf(
  { scale, sees, score, mask, mixes }: Choices<typeof KNOBS>,
  softmax: Parts["softmax"],
): Parts["attention"] {
  return (q, k, v, pos) => {
    const [H, S] = [q[0].length, k.length];
    const by = { "1/√H": 1 / Math.sqrt(H), none: 1, "1/H": 1 / H, "√H": Math.sqrt(H) }[scale];
    return q.map((query, l) => {
      const p = pos + l + 1;
      const wanted = {
        "0 … pos + l": p,
        "one more": p + 1,
        "one more of this pass": Math.min(p + 1, pos + q.length),
        "one less": p - 1,
        all: S,
        "all of this pass": pos + q.length,
        "0 … l": l + 1,
      };
      const seen = Math.min(wanted[sees], S);
      const looked = k.slice(0, mask === "before softmax" ? seen : S);
      const scores = Float64Array.from(looked, (key, s) => {
        if (mask === "as a score of 0" && s >= seen) return 0;
        const value = dot(query, key) * by;
        return SCORES[score](value);
      });
      const shares = scores.length === 0 ? scores : softmax(scores);
      if (mask === "after softmax") shares.fill(0, seen);
      return mixture(shares, mixes === "values" ? v : k, H);
    });
  };
}

function dot(x: Row, y: Row): number {
  return x.reduce((sum, value, h) => sum + value * y[h], 0);
}

function mixture(shares: Row, rows: Rows, H: number): Row {
  const z = new Float64Array(H);
  shares.forEach((share, s) => {
    for (let h = 0; h < H; h++) z[h] += share * rows[s][h];
  });
  return z;
}

/** Attention done right, over a softmax that may be a learner's. */
export function attentionOver(softmax: Parts["softmax"]): Parts["attention"] {
  return attentionOf(rightChoices(KNOBS) as Choices<typeof KNOBS>, softmax);
}

function rightSoftmax(x: Row): Row {
  const max = Math.max(...x);
  const y = x.map((value) => Math.exp(value - max));
  const sum = y.reduce((a, b) => a + b, 0);
  return y.map((value) => value / sum);
}

export const attention: Exercise = exercise({
  name: "attention",
  page: 5,
  title: "one head looks back",
  noun: "attention",
  task: `One head of attention. The score of a query and a key is their dot product
    over √H. Row l stands at position pos + l: it sees keys 0 to pos + l, itself
    included. Softmax makes shares of its scores; the result is that mixture of
    values. q has L rows, k and v have S rows, the result has L rows of H numbers.`,
  functions: { attention: ["q", "k", "v", "pos"] },
  hints: [
    "Take one query at a time, and loop over the keys that it sees.",
    "Row l sees pos + l + 1 keys: end the loop there, and nothing has to be masked.",
    "Shares first, the mixture second: z[h] is the sum of share[s] · v[s][h] over s.",
  ],
  knobs: KNOBS,
  build: (choices) => ({ attention: attentionOf(choices, rightSoftmax) }),
  cases({ nano, right }) {
    const q = [row(2, 0, 0, 0)];
    const k = [row(1, 0, 0, 0), row(2, 0, 0, 0)];
    const v = [row(10, 0, 0, 0), row(0, 10, 0, 0)];
    const share = 1 / (1 + Math.E);
    const { config } = nano.model;
    const { numAttentionHeads: N, numKeyValueHeads: K, headDim: H, ropeTheta: theta } = config;
    const heads = [0, 1].flatMap((layer) => {
      const of = (name: string) => nano.trace.rows(`trace.layers.${layer}.${name}.f64`);
      const byHead = (rows: Rows, n: number) => rows.map((one) => one.slice(n * H, (n + 1) * H));
      const oneOfK = (rows: Rows, kv: number) => rows.filter((_, i) => i % K === kv);
      return Array.from({ length: N }, (_, n) => {
        const kv = Math.floor((n * K) / N);
        return {
          layer,
          n,
          q: byHead(of("qkv"), n).map((one, l) => right.rope(one, l, theta)),
          k: oneOfK(of("k_rope"), kv),
          v: oneOfK(of("v"), kv),
          z: byHead(of("attn_heads"), n),
        };
      });
    });
    return [
      {
        name: "calculator",
        given: "q = [[2,0,0,0]], k = [[1,0,0,0], [2,0,0,0]], v = [[10,0,0,0], [0,10,0,0]], pos = 1",
        golden: false,
        calls: [
          {
            where: "",
            args: () => [copied(q), copied(k), copied(v), 1],
            expected: [row(10 * share, 10 * (1 - share), 0, 0)],
          },
        ],
      },
      {
        name: "the first row sees itself alone",
        given:
          "q = [[2,0,0,0], [2,0,0,0]], k = [[1,0,0,0], [2,0,0,0]], v = [[10,0,0,0], [0,10,0,0]], pos = 0",
        golden: false,
        calls: [
          {
            where: "",
            args: () => [copied([...q, ...q]), copied(k), copied(v), 0],
            expected: [row(10, 0, 0, 0), row(10 * share, 10 * (1 - share), 0, 0)],
          },
        ],
      },
      {
        name: "twelve heads of Google's code, in one pass",
        given: "q, k and v of 7 tokens, pos = 0",
        golden: true,
        calls: heads.map(({ layer, n, q, k, v, z }) => ({
          where: `block ${layer}, head ${n}`,
          args: () => [copied(q), copied(k), copied(v), 0],
          expected: z,
        })),
      },
      {
        name: "the same heads, a token at a time",
        given: "one query at pos, and the keys and values of all 7 tokens",
        golden: true,
        calls: heads.flatMap(({ layer, n, q, k, v, z }) =>
          [4, 6].map((pos) => ({
            where: `block ${layer}, head ${n}, pos ${pos}`,
            args: () => [[q[pos].slice()], copied(k), copied(v), pos],
            expected: [z[pos]],
          })),
        ),
      },
    ];
  },
});
