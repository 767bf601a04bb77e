/**
 * Exercise `sample`: the distribution that the next token is drawn from (generation/sampler.ts).
 * @module
 */
import { type Exercise, exercise } from "../exercise.ts";
import { row } from "../materials.ts";
import type { Row } from "../parts.ts";

const OFF = { temperature: 1, topP: 1, topK: 1e6 };

function shares(x: Row): Row {
  const max = x.reduce((a, b) => Math.max(a, b));
  const y = x.map((value) => Math.exp(value - max));
  const sum = y.reduce((a, b) => a + b, 0);
  return y.map((value) => value / sum);
}

function descending(p: Row): number[] {
  return Array.from(p.keys()).sort((a, b) => p[b] - p[a] || a - b);
}

export const sample: Exercise = exercise({
  name: "sample",
  page: 11,
  title: "which word comes",
  noun: "sampling",
  task: `From logits to the probabilities of the draw, one a word. Softmax of logits /
    temperature. Then top-p: walk from the most probable, and drop a word once those
    before it sum to more than topP. Then top-k: of what is left keep the first topK.
    Dropped words have 0, the others are divided by their sum.`,
  functions: { distribution: ["logits", "options"] },
  hints: [
    "First the softmax of logits / temperature, over all words. options is { temperature, topP, topK }.",
    "Sort the indices by probability, walk from the largest, and look at the sum before you add the word you stand on.",
    "Cut to topK after topP, and divide what is left by its sum. Put each back at its own index.",
  ],
  knobs: {
    temperature: {
      divides: "",
      multiplies:
        "Logits are multiplied by the temperature: at 2 yours is sharper. Hotter should be flatter.",
      "left out": "The temperature plays no part.",
      "after softmax": "The probabilities are divided by the temperature. Divide the logits.",
    },
    order: {
      "p, then k": "",
      "k, then p":
        "This cuts by k first and lets p see what is left. Google cuts by p first, over all words.",
      "only p": "topK plays no part.",
      "only k": "topP plays no part.",
      "not at all": "Neither topP nor topK plays a part.",
    },
    crossing: {
      kept: "",
      dropped:
        "The word that crosses topP is dropped. At position 12 and top-p .5, found has .363: the word that reaches .5 belongs to what is kept.",
    },
    rest: {
      "divided by its sum": "",
      "as it is": "What is left does not sum to 1: divide it by its sum.",
      "softmax again":
        "What is left goes through softmax once more. It is made of shares already: divide it by their sum.",
    },
  },
  build: ({ temperature: how, order, crossing, rest }) => ({
    distribution(logits, { temperature: T, topP, topK }) {
      const by = { divides: 1 / T, multiplies: T, "left out": 1, "after softmax": 1 }[how];
      let p = shares(logits.map((value) => value * by));
      if (how === "after softmax") p = p.map((value) => value / T);
      const byP = (ids: readonly number[], weights: Row) => {
        let before = 0;
        return ids.filter((id) => {
          const sum = crossing === "kept" ? before : before + weights[id];
          before += weights[id];
          return sum <= topP;
        });
      };
      const byK = (ids: readonly number[]) => ids.slice(0, topK);
      let kept: readonly number[] = descending(p);
      if (order === "p, then k") kept = byK(byP(kept, p));
      if (order === "only p") kept = byP(kept, p);
      if (order === "only k") kept = byK(kept);
      if (order === "k, then p") {
        kept = byK(kept);
        const sum = kept.reduce((total, id) => total + p[id], 0);
        kept = byP(
          kept,
          p.map((value) => value / sum),
        );
      }
      const left = row(...kept.map((id) => p[id]));
      const sum = left.reduce((a, b) => a + b, 0);
      const ways = {
        "divided by its sum": () => left.map((value) => value / sum),
        "as it is": () => left,
        "softmax again": () => (left.length > 0 ? shares(left) : left),
      };
      const result = new Float64Array(logits.length);
      ways[rest]().forEach((value, i) => {
        result[kept[i]] = value;
      });
      return result;
    },
  }),
  cases({ ops }) {
    const hot = shares(row(1, 0.5, 0));
    const cold = shares(row(4, 2, 0));
    const logits = row(0.5, 0.3, 0.15, 0.05).map(Math.log);
    const hand = (name: string, given: string, x: Row, options: object, expected: Row) => ({
      name,
      given,
      golden: false,
      calls: [{ where: "", args: () => [x.slice(), { ...OFF, ...options }], expected }],
    });
    return [
      hand(
        "calculator",
        "logits = [2, 1, 0], temperature = 0.5",
        row(2, 1, 0),
        { temperature: 0.5 },
        cold,
      ),
      hand("hotter", "logits = [2, 1, 0], temperature = 2", row(2, 1, 0), { temperature: 2 }, hot),
      hand(
        "top-p",
        "probabilities .5 .3 .15 .05 (logits are their logarithms), topP = 0.6",
        logits,
        { topP: 0.6 },
        row(0.625, 0.375, 0, 0),
      ),
      ...[0, 1, 2, 3, 4, 5, 6, 7].map((i) => {
        const one = (name: string) => ops.numbers(`sampler.${i}.${name}`)[0];
        const options = { temperature: one("temperature"), topP: one("top_p"), topK: one("top_k") };
        const { temperature, topP, topK } = options;
        // The last has ties at the cut, which Google's sort breaks at will.
        const sorted = (x: unknown) => Float64Array.from(x as Row).sort();
        const expected = ops.numbers(`sampler.${i}.probs.f32`);
        return {
          name: `Google's sampler, ${i}`,
          given: `50 logits, temperature ${temperature}, topP ${topP}, topK ${topK}`,
          golden: true,
          // Google's sampler computes in float32: a share of 50 is right to a few of its last places.
          bar: 1e-6,
          calls: [
            {
              where: "",
              args: () => [ops.numbers(`sampler.${i}.logits`), options],
              expected: i === 7 ? sorted(expected) : expected,
              result: (returned: unknown) =>
                i === 7 && isNumbers(returned) ? sorted(returned) : returned,
            },
          ],
        };
      }),
    ];
  },
});

function isNumbers(x: unknown): boolean {
  return x instanceof Float64Array || Array.isArray(x);
}
