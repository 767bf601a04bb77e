/**
 * Exercise `gradcheck`: a way back (nn/backward) held against central differences of its way forth.
 * @module
 */
import { type Call, type Case, type Exercise, exercise } from "../exercise.ts";
import { type GoldenArrays, type Materials, row } from "../materials.ts";
import type { Row, Rows, Twin } from "../parts.ts";
import { twinSets } from "../twins/twins.ts";

/** Numbers that a central difference gets right: it is off by h²/6 of the third derivative, and by rounding / h. */
const DIGITS = 1e-7;

/** Where twins agree, and where they do not: roundings stay below 1e-8, the smallest mistake here is 1e-3. */
const LIMIT = 1e-4;

const STEPS = { "small, not tiny": 1e-5, "0.1": 0.1, "1e-15": 1e-15 } as const;
const LIMITS = { relative: LIMIT, absolute: LIMIT, "1 in 100": 0.01 } as const;

export const gradcheck: Exercise = exercise({
  name: "gradcheck",
  page: 17,
  title: "is this gradient right?",
  noun: "gradient check",
  isBeside: true,
  task: `Two functions. numericGradient(f, x, h) gives the gradient of f at x, number by
    number: (f with x[i] + h, less f with x[i] - h) / 2h. wrongTwins(twins, gradient)
    is given functions, each with a backward that may be wrong, and gives back the
    names of those that are, in their order. For each, f(x) is the sum of
    dy[j] · forward(x)[j]: compare gradient(f, x, h) with backward(dy, x), for an h
    of your choice. gradient is a right numericGradient.`,
  functions: { numericGradient: ["f", "x", "h"], wrongTwins: ["twins", "gradient"] },
  hints: [
    "One number at a time: move it up, call f, move it down, call f, put it back, divide by the whole way, 2h.",
    "Too large an h sees the curve, too small an h sees the rounding: 1e-15 / h. Between 1e-4 and 1e-7 both are small.",
    "Gradients may be huge or tiny, so divide the largest difference by the largest number of the gradient. Roundings stay below 1e-8 then; the smallest mistake here is 1e-3.",
  ],
  knobs: {
    difference: {
      central: "",
      "one-sided":
        "This is (f(x + h) - f(x)) / h. Its error shrinks like h, that of the difference of both sides like h².",
      "one-sided, behind":
        "This is (f(x) - f(x - h)) / h: one side only. The other side bends the other way, and cancels it.",
      negative: "The sign is turned: what grows with x[i] has a positive slope.",
    },
    divisor: {
      "2h": "",
      h: "This is twice too much. How far is x[i] + h from x[i] - h?",
      two: "This is the difference of the values, halved. A slope is per step: where is h?",
    },
    moves: {
      "one, and back": "",
      all: "All numbers are moved at once, so each gets the slope of them together. What belongs to x[i] alone?",
      "one, left there":
        "x[i] is not put back before the next one moves: f is asked at another place each time.",
    },
    numbers: {
      float64: "",
      float32:
        "x is in a Float32Array here: it keeps 24 bits, and x + h is rounded to them. The difference is mostly that rounding. Check gradients in float64.",
    },
    step: {
      "small, not tiny": "",
      "0.1":
        "Right twins are named, those of curved functions only: the step is so large that it sees the curve and not the slope.",
      "1e-15":
        "All twins are named, the right ones too: the step is so small, or the limit so tight, that roundings are taken for mistakes.",
    },
    limit: {
      relative: "",
      absolute:
        "Differences are compared as they are. One of these gradients is in billions, another in billionths: beside what is a difference small?",
      "1 in 100":
        "geglu is not found. Its backward is that of the GELU with erf, and 0.001 off: the limit is too loose.",
    },
    compares: {
      "all numbers": "",
      "the first":
        "Only the first number of each gradient is compared. A table has half of its gradient in another row.",
    },
    names: {
      "the wrong ones": "",
      "the right ones":
        "These are the names of the twins that are right. Which ones are asked for?",
    },
  },
  build: ({ difference, divisor, moves, numbers, step, limit, compares, names }) => ({
    numericGradient(f, x, h) {
      const moved = numbers === "float64" ? x.slice() : (Float32Array.from(x) as unknown as Row);
      const at = (i: number, by: number) => {
        if (moves === "all") return f(x.map((value) => value + by));
        moved[i] = x[i] + by;
        const value = f(moved);
        if (moves !== "one, left there") moved[i] = x[i];
        return value;
      };
      return x.map((_, i) => {
        const ahead = difference === "one-sided, behind" ? 0 : h;
        const behind = difference === "one-sided" ? 0 : h;
        const change = at(i, ahead) - at(i, -behind);
        const way = { "2h": ahead + behind, h: (ahead + behind) / 2, two: 2 }[divisor];
        return ((difference === "negative" ? -1 : 1) * change) / way;
      });
    },

    wrongTwins(twins, gradient) {
      const isWrong = ({ forward, backward, x, dy }: Twin) => {
        const f = (at: Row) => forward(at).reduce((sum, y, j) => sum + dy[j] * y, 0);
        const numeric = gradient(f, x, STEPS[step]);
        const given = backward(dy, x);
        const count = compares === "the first" ? 1 : x.length;
        let [error, largest] = [0, 0];
        for (let i = 0; i < count; i++) {
          error = Math.max(error, Math.abs(numeric[i] - given[i]));
          largest = Math.max(largest, Math.abs(given[i]));
        }
        return !(error <= LIMITS[limit] * (limit === "absolute" ? 1 : largest));
      };
      const wanted = names === "the wrong ones";
      return twins.filter((twin) => isWrong(twin) === wanted).map(({ name }) => name);
    },
  }),
  cases: (materials) => [
    byHand(),
    ...googles(materials),
    ...twinSets(materials.right).map((set, i) => ({
      name: ["six twins", "six others", "large and small"][i],
      given: set.twins.map(({ name }) => name).join(", "),
      golden: false,
      calls: [
        {
          where: "",
          fn: "wrongTwins" as const,
          args: () => [set.twins, materials.right.numericGradient],
          expected: set.wrong,
        },
      ],
    })),
  ],
});

/** Functions of second degree: a central difference has no error there, whatever h is. */
function byHand(): Case {
  const call = (given: string, f: (x: Row) => number, x: Row, h: number, expected: Row): Call => ({
    where: "",
    given: `f(x) = ${given}, x = [${x.join(", ")}], h = ${h}`,
    changes: true, // x may be moved in place, and put back
    args: () => [f, x.slice(), h],
    expected,
  });
  return {
    name: "calculator",
    given: "",
    golden: false,
    calls: [
      call("x[0]² + 3·x[0]·x[1]", (x) => x[0] * x[0] + 3 * x[0] * x[1], row(2, 1), 0.1, row(7, 6)),
      call("x[0]·x[1]·x[2]", (x) => x[0] * x[1] * x[2], row(1, -2, 0.5), 0.25, row(-1, 0.5, -2)),
    ],
  };
}

/** Gradients that Google's code has by autograd. */
function googles({ gradients, right }: Materials): Case[] {
  const { rmsNorm, softmax } = right;
  const rows = (name: string, h: number, forward: (x: Row) => Row) => {
    const of = (what: string) => gradients.rows(`${name}.${what}`);
    return calls(of("x"), of("dy"), of("dx"), h, forward);
  };
  const [weight] = gradients.rows("rms_norm.0.weight");
  const [large] = gradients.rows("rms_norm.2.weight");
  const golden = (name: string, given: string, ofRows: readonly Call[]): Case => ({
    ...{ name, given, golden: true, bar: DIGITS },
    calls: ofRows,
  });
  return [
    golden(
      "Google's gradient of RMSNorm",
      "f(x) = sum of dy[j] · rmsNorm(x)[j], h = 1e-5",
      rows("rms_norm.0", 1e-5, (x) => rmsNorm(x, weight, 1e-6)),
    ),
    golden(
      "Google's gradient of RMSNorm, of large numbers",
      "f(x) = sum of dy[j] · rmsNorm(x)[j], x of some 10,000, h = 1",
      rows("rms_norm.2", 1, (x) => rmsNorm(x, large, 1e-6)),
    ),
    golden(
      "Google's gradient of softmax",
      "f(x) = sum of dy[j] · softmax(x)[j], h = 1e-5",
      rows("softmax.0", 1e-5, softmax),
    ),
    golden("Google's gradient of a loss", "f(x) = the cross-entropy of logits x, h = 1e-5", [
      lossCall(gradients, softmax),
    ]),
  ];
}

function calls(x: Rows, dy: Rows, dx: Rows, h: number, forward: (x: Row) => Row): readonly Call[] {
  return x.map((one, l) => ({
    where: `row ${l}`,
    changes: true,
    args: () => [
      (at: Row) => forward(at).reduce((sum, y, j) => sum + dy[l][j] * y, 0),
      one.slice(),
      h,
    ],
    expected: dx[l],
  }));
}

/** The mean cross-entropy of the first row that has a target. */
function lossCall(gradients: GoldenArrays, softmax: (x: Row) => Row): Call {
  const of = (what: string) => gradients.numbers(`cross_entropy.0.${what}`);
  const mask = of("mask");
  const l = mask.indexOf(1);
  const target = of("targets")[l];
  const counted = mask.reduce((sum, m) => sum + m, 0);
  return {
    where: `row ${l}, target ${target}, one of ${counted}`,
    changes: true,
    args: () => [
      (x: Row) => -Math.log(softmax(x)[target]) / counted,
      gradients.rows("cross_entropy.0.logits")[l],
      1e-5,
    ],
    expected: gradients.rows("cross_entropy.0.dlogits")[l],
  };
}
