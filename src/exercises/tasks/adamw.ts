/**
 * Exercise `adamw`: one step of training/optimizer/adamw.ts.
 * @module
 */
import { type Call, type Exercise, exercise } from "../exercise.ts";
import { type GoldenArrays, row } from "../materials.ts";
import type { AdamWNumbers, Parts, Row } from "../parts.ts";

export const adamw: Exercise = exercise({
  name: "adamw",
  page: 18,
  title: "from a gradient to a step",
  noun: "step",
  isBeside: true,
  task: `One step of AdamW for a row of weights, in this order. The weight shrinks by its
    share lr · weightDecay. m and v move towards the gradient and its square: of the old
    ones, beta1 and beta2 stay. Both are too small at first: divide m by 1 - beta1^t
    and v by 1 - beta2^t. The weight goes down by lr · m / (√v + eps). Give back the
    new [weight, m, v], m and v as they are before that division.`,
  functions: { adamW: ["weight", "gradient", "m", "v", "t", "numbers"] },
  hints: [
    "Each number by itself: one loop, three new arrays.",
    "m = beta1 * m + (1 - beta1) * g, and v the same with beta2 and g * g.",
    "eps is added to the root of the corrected v, outside of the root: Math.sqrt(v / (1 - beta2 ** t)) + eps.",
  ],
  knobs: {
    decay: {
      "of the old weight": "",
      "in the gradient":
        "The decay is added to the gradient, as in Adam with L2: there the root divides it, too. The W of AdamW keeps it out.",
      "without lr": "The weight shrinks by weightDecay itself. Its share is lr · weightDecay.",
      "of the new weight":
        "The step is taken first, and then what came out shrinks. The old weight shrinks, and the step is added whole.",
      none: "Nothing decays: `weightDecay` has no part in this.",
    },
    correction: {
      both: "",
      none: "m and v are used as they are. They began at 0: after one step, m is a tenth of the gradient.",
      "from t + 1": "t counts from 1 already: beta ** t.",
      "of m alone": "v is too small at first as well: it is divided by 1 - beta2^t.",
    },
    eps: {
      "outside the root": "",
      "inside the root":
        "eps is under the root. There its size is that of a square: with small gradients the step is another.",
      "before the correction":
        "eps is added before v is corrected. The paper has it so in a remark; PyTorch adds it afterwards.",
      none: "eps is missing. What is 0 / 0, where a gradient has always been 0?",
    },
    moments: {
      "of g and g²": "",
      "betas exchanged": "beta1 belongs to m, beta2 to v. Here it is the other way round.",
      "of g and |g|": "v is a mean of squares: g · g.",
      "without 1 - beta":
        "The new part has no weight: of the gradient comes 1 - beta, of the old beta.",
    },
    direction: {
      down: "",
      up: "The step goes up the slope. The gradient points to where the loss grows.",
    },
  },
  build: (choices) => ({
    adamW(weight, gradient, m, v, t, { lr, beta1, beta2, eps, weightDecay }) {
      const { decay, correction, eps: place, moments, direction } = choices;
      const isL2 = decay === "in the gradient";
      const [b1, b2] = moments === "betas exchanged" ? [beta2, beta1] : [beta1, beta2];
      const fresh = moments === "without 1 - beta" ? [1, 1] : [1 - b1, 1 - b2];
      const g = gradient.map((slope, i) => (isL2 ? slope + weightDecay * weight[i] : slope));
      const newM = m.map((old, i) => b1 * old + fresh[0] * g[i]);
      const newV = v.map((old, i) => {
        return b2 * old + fresh[1] * (moments === "of g and |g|" ? Math.abs(g[i]) : g[i] * g[i]);
      });
      const steps = correction === "from t + 1" ? t + 1 : t;
      const whole = correction === "none";
      const [c1, c2] = [
        1 - b1 ** steps,
        whole || correction === "of m alone" ? 1 : 1 - b2 ** steps,
      ];
      const share = { "of the old weight": lr * weightDecay, "without lr": weightDecay }[
        decay as string
      ];
      return [
        weight.map((old, i) => {
          const root = {
            "outside the root": Math.sqrt(newV[i] / c2) + eps,
            "inside the root": Math.sqrt(newV[i] / c2 + eps),
            "before the correction": (Math.sqrt(newV[i]) + eps) / Math.sqrt(c2),
            none: Math.sqrt(newV[i] / c2),
          }[place];
          const step = ((direction === "down" ? lr : -lr) * (newM[i] / (whole ? 1 : c1))) / root;
          if (decay === "of the new weight") return (old - step) * (1 - lr * weightDecay);
          return old * (1 - (share ?? 0)) - step;
        }),
        newM,
        newV,
      ];
    },
  }),
  cases({ gradients, right }) {
    const numbers = { lr: 0.1, beta1: 0.9, beta2: 0.999, eps: 1e-8, weightDecay: 0.01 };
    const given = "lr 0.1, betas 0.9 and 0.999, eps 1e-8, weightDecay 0.01";
    const call = (old: number, slope: number, m: number, v: number, t: number): Call => {
      const args = () => [row(old), row(slope), row(m), row(v), t, numbers] as const;
      return {
        where: "",
        given: `weight [${old}], gradient [${slope}], m [${m}], v [${v}], t = ${t}; ${given}`,
        args,
        expected: right.adamW(...args()),
      };
    };
    return [
      {
        name: "calculator",
        given: "",
        golden: false,
        calls: [call(0.5, 1, 0, 0, 1), call(0.3995, -2, 0.1, 0.001, 2)],
      },
      ...[0, 1, 2].map((i) => ({
        name: `four steps of PyTorch's AdamW, ${i}`,
        given: "six weights; gradients of 0, of 1e-9, of a million",
        golden: true,
        calls: pytorch(gradients, i, right.adamW),
      })),
    ];
  },
});

/** Each step from where the one before has led: m and v are not stored, so they are made by the right function. */
function pytorch(gradients: GoldenArrays, i: number, step: Parts["adamW"]): readonly Call[] {
  const of = (name: string) => gradients.rows(`adamw.${i}.${name}`);
  const [options] = of("options");
  const [lr, beta1, beta2, eps, weightDecay] = options;
  const numbers: AdamWNumbers = { lr, beta1, beta2, eps, weightDecay };
  const trajectory = of("trajectory");
  let [weight] = of("initial");
  let [m, v]: Row[] = [weight.map(() => 0), weight.map(() => 0)];
  return of("gradients").map((gradient, l) => {
    const before = [weight, gradient, m, v];
    [, m, v] = step(weight, gradient, m, v, l + 1, numbers);
    weight = trajectory[l];
    return {
      where: `step ${l + 1}`,
      args: () => [...before.map((numbersOf) => numbersOf.slice()), l + 1, numbers],
      result: (returned: unknown) => (returned as Row[] | undefined)?.[0],
      expected: weight,
    };
  });
}
