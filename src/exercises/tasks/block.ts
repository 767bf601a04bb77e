/**
 * Exercise `block`: how the parts of a block are put together (model/forward.ts).
 * @module
 */
import { type Exercise, exercise } from "../exercise.ts";
import { blockParts, emptyCache } from "../gemma.ts";
import { row } from "../materials.ts";
import type { BlockParts, Row } from "../parts.ts";

/** One channel, and parts that a head can compute. A norm of one number gives its sign. */
export const SMALL: BlockParts = {
  attentionNorm: (x) => x.map(Math.sign),
  attention: (x) => x.map((value) => -5 * value),
  mlpNorm: (x) => x.map(Math.sign),
  mlp: (x) => x.map((value) => 2 * value),
};

const plus = (x: Row, y: Row) => x.map((value, d) => value + y[d]);

export const block: Exercise = exercise({
  name: "block",
  page: 9,
  title: "attention, then the MLP",
  noun: "block",
  task: `Put a block together from its four parts: attentionNorm, attention, mlpNorm and
    mlp. Each takes a vector and gives a new one. The result of attention is added
    to the stream x, then that of the MLP is added to what came out. Each half reads
    the stream through its norm; the stream itself is never normed.`,
  functions: { block: ["x", "parts"] },
  hints: [
    "A block is two halves of one form: norm, work, add.",
    "The norm is for the reader, not for the stream: add to x, not to its normed copy.",
    "Name the middle: mid = x + attention(attentionNorm(x)). The MLP reads mid, and adds to it.",
  ],
  knobs: {
    mlpReads: {
      mid: "",
      x: "The MLP read the stream from before attention. What does it conclude from, if attention's result is not in it?",
    },
    mlpAddsTo: {
      mid: "",
      x: "Attention's result was lost at the second +: the MLP's is added to x. What is it to be added to?",
    },
    stream: {
      kept: "",
      normed: "You added to the normed vector. What carries the past on?",
      none: "Nothing is added to: each half replaces the stream. What carries the past on?",
    },
    norms: {
      both: "",
      "not before attention": "Attention reads the stream without its norm.",
      "not before the MLP": "The MLP reads the stream without its norm.",
      exchanged: "The two norms are exchanged: each half has its own weights.",
      behind:
        "The norms stand behind the additions. Gemma's stand before each half, and the stream is never normed.",
    },
    halves: {
      "attention first": "",
      "MLP first": "The MLP comes before attention here. First look around, then think.",
    },
  },
  build: ({ mlpReads, mlpAddsTo, stream, norms, halves }) => ({
    block(x, parts) {
      const isExchanged = norms === "exchanged";
      const same = (v: Row) => v;
      let attentionNorm = isExchanged ? parts.mlpNorm : parts.attentionNorm;
      let mlpNorm = isExchanged ? parts.attentionNorm : parts.mlpNorm;
      if (norms === "not before attention") attentionNorm = same;
      if (norms === "not before the MLP") mlpNorm = same;
      let first = { norm: attentionNorm, work: parts.attention };
      let second = { norm: mlpNorm, work: parts.mlp };
      if (halves === "MLP first") [first, second] = [second, first];
      if (norms === "behind") {
        const mid = first.norm(plus(x, first.work(x)));
        return second.norm(plus(mid, second.work(mid)));
      }
      /** What a half adds its result to. */
      const base = (v: Row, norm: (v: Row) => Row) => {
        return { kept: v, normed: norm(v), none: v.map(() => 0) }[stream];
      };
      const mid = plus(base(x, first.norm), first.work(first.norm(x)));
      const read = mlpReads === "mid" ? mid : x;
      const to = mlpAddsTo === "mid" ? mid : x;
      return plus(base(to, second.norm), second.work(second.norm(read)));
    },
  }),
  cases({ nano, right }) {
    const { model, trace } = nano;
    const { config } = model;
    const flat = (name: string) => trace.numbers(name);
    const golden = (layer: number) => ({
      name: `block ${layer} of Google's code`,
      given: `the stream of seven tokens, 72 numbers each`,
      golden: true,
      calls: [
        {
          where: "",
          args: () => [
            flat(`trace.layers.${layer}.input.f64`),
            blockParts(model, right, layer, 0, emptyCache(config)),
          ],
          expected: flat(`trace.layers.${layer}.output.f64`),
        },
      ],
    });
    return [
      {
        name: "calculator",
        given: "x = [3], norm(x) = sign of x, attention(x) = -5x, mlp(x) = 2x",
        golden: false,
        calls: [{ where: "", args: () => [row(3), SMALL], expected: row(-4) }],
      },
      golden(0),
      golden(1),
    ];
  },
});
