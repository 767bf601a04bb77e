/**
 * Exercise `softmax`: nn/softmax.ts, one row.
 * @module
 */
import { type Exercise, exercise } from "../exercise.ts";
import { row } from "../materials.ts";
import type { Row } from "../parts.ts";

export const softmax: Exercise = exercise({
  name: "softmax",
  page: 5,
  title: "from scores to shares",
  noun: "softmax",
  task: `Turn numbers into shares that sum to one: exp of each, divided by the sum of
    all. Subtract the largest number first, so that exp cannot overflow.`,
  functions: { softmax: ["x"] },
  hints: [
    "exp of each number is above 0, and keeps the order: Math.exp.",
    "Divide each by the sum of all, which is known only after a first loop.",
    "Find the largest number before anything else, and subtract it from all: the shares stay the same, and no exp is above 1.",
  ],
  knobs: {
    maximum: {
      subtracted: "",
      kept: "exp(1000) is Infinity, and Infinity / Infinity is not a number. What may be subtracted from all without changing the shares?",
    },
    power: {
      exp: "",
      none: "These are shares of the numbers themselves: exp is missing.",
      "of 2": "These are powers of 2. The base is e: Math.exp.",
    },
    divided: {
      "by the sum": "",
      no: "These do not sum to 1. What are they to be divided by?",
      "by the count":
        "These do not sum to 1: they are divided by how many there are, not by their sum.",
    },
  },
  build: ({ maximum, power, divided }) => ({
    softmax(x: Row) {
      const max = maximum === "subtracted" && power !== "none" ? Math.max(...x) : 0;
      const powers = { exp: Math.exp, none: (v: number) => v, "of 2": (v: number) => 2 ** v };
      const y = x.map((value) => powers[power](value - max));
      const by = {
        "by the sum": y.reduce((a, b) => a + b, 0),
        no: 1,
        "by the count": y.length,
      }[divided];
      return y.map((value) => value / by);
    },
  }),
  cases({ ops }) {
    const e = [1, 2, 3].map(Math.exp);
    return [
      {
        name: "calculator",
        given: "x = [1, 2, 3]",
        golden: false,
        calls: [
          {
            where: "",
            args: () => [row(1, 2, 3)],
            expected: row(...e).map((value) => value / (e[0] + e[1] + e[2])),
          },
        ],
      },
      {
        name: "large numbers",
        given: "x = [1000, 1000]",
        golden: false,
        calls: [{ where: "", args: () => [row(1000, 1000)], expected: row(0.5, 0.5) }],
      },
      ...[0, 1, 2].map((i) => {
        const x = ops.rows(`softmax.${i}.x`);
        return {
          name: `torch.softmax, ${i}`,
          given: `${x.length} rows of ${x[0].length} numbers`,
          golden: true,
          calls: ops.rows(`softmax.${i}.y.f64`).map((expected, l) => ({
            where: `row ${l}`,
            args: () => [x[l].slice()],
            expected,
          })),
        };
      }),
    ];
  },
});
