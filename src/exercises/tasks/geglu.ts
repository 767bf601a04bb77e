/**
 * Exercise `geglu`: nn/geglu.ts, one row.
 * @module
 */
import { erf, geluFloat16Table } from "../../conformance/mutants/gelu.ts";
import { gelu } from "../../nn/geglu.ts";
import { type Exercise, exercise } from "../exercise.ts";
import { row } from "../materials.ts";

const ACTIVATIONS = {
  "GELU, tanh": gelu,
  "GELU, erf": (x: number) => 0.5 * x * (1 + erf(x / Math.SQRT2)),
  SiLU: (x: number) => x / (1 + Math.exp(-x)),
  "x·sigmoid(1.702x)": (x: number) => x / (1 + Math.exp(-1.702 * x)),
  ReLU: (x: number) => Math.max(0, x),
  tanh: Math.tanh,
  sigmoid: (x: number) => 1 / (1 + Math.exp(-x)),
  none: (x: number) => x,
  "GELU from a float16 table": geluFloat16Table,
  "GELU without its half": (x: number) => 2 * gelu(x),
} as const;

export const geglu: Exercise = exercise({
  name: "geglu",
  page: 8,
  title: "one branch gates the other",
  noun: "GeGLU",
  task: `Each neuron has a gate and something to say. Its result is gelu(gate) · up,
    with gelu(x) = x/2 · (1 + tanh(√(2/π) · (x + 0.044715 · x³))).`,
  functions: { geglu: ["gate", "up"] },
  hints: [
    "Two arrays, one loop, one result: neuron f sees gate[f] and up[f].",
    "The gate goes through GELU, `up` does not: gelu(gate[f]) * up[f].",
    "√(2/π) is Math.sqrt(2 / Math.PI), about 0.7979; Math.tanh does the rest.",
  ],
  knobs: {
    branch: {
      gate: "",
      up: "GELU sits on the other branch. Which one decides, and which one speaks?",
      product: "GELU is applied to gate · up. Apply it to the gate alone, and multiply afterwards.",
      both: "Both branches go through GELU. Only the gate does.",
      "gate alone": "`up` has no part in this. What is the gate a gate for?",
      "up alone": "There is no gate here: `up` passes as it is.",
    },
    activation: {
      "GELU, tanh": "",
      "GELU, erf":
        "This is the exact GELU, with erf. Gemma was trained with the tanh form: they differ by up to 5e-4, and no text shows it.",
      SiLU: "The activation is SiLU, as in Llama. Gemma's is GELU.",
      "x·sigmoid(1.702x)": "The activation is x · sigmoid(1.702 · x), a coarser GELU.",
      ReLU: "The activation is ReLU: negative gates let nothing through. GELU lets a little.",
      tanh: "The activation is tanh. GELU multiplies x by a share that has a tanh inside.",
      sigmoid: "The activation is a sigmoid. That is a GLU without the GE.",
      none: "The gate goes through no activation: where is gelu?",
      "GELU from a float16 table":
        "GELU's argument and value are rounded to float16, as if from a table. Compute the tanh in float64.",
      "GELU without its half": "This is twice too much: where is the ½ of gelu?",
    },
  },
  build: ({ branch, activation }) => ({
    geglu(gate, up) {
      const act = ACTIVATIONS[activation];
      return gate.map((g, f) => {
        const u = up[f];
        if (branch === "up") return act(u) * g;
        if (branch === "product") return act(g * u);
        if (branch === "both") return act(g) * act(u);
        if (branch === "gate alone") return act(g);
        return branch === "up alone" ? u : act(g) * u;
      });
    },
  }),
  cases({ ops, nano }) {
    const [gate, up] = [row(1, -1, 3), row(2, 2, -2)];
    return [
      {
        name: "calculator",
        given: "gate = [1, -1, 3], up = [2, 2, -2]",
        golden: false,
        calls: [
          {
            where: "",
            args: () => [gate.slice(), up.slice()],
            expected: gate.map((x, f) => gelu(x) * up[f]),
          },
        ],
      },
      {
        name: "Google's gelu",
        given: "488 gates from -100 to 100, each with an up of 1",
        golden: true,
        calls: [
          {
            where: "",
            args: () => [ops.numbers("gelu.x"), ops.numbers("gelu.x").fill(1)],
            expected: ops.numbers("gelu.y.f64"),
          },
        ],
      },
      {
        name: "fourteen rows of Google's MLP",
        given: "gate and up of 100 neurons",
        golden: true,
        calls: [0, 1].flatMap((layer) => {
          const of = (name: string) => nano.trace.rows(`trace.layers.${layer}.${name}.f64`);
          return of("geglu").map((expected, l) => ({
            where: `block ${layer}, token ${l}`,
            args: () => [of("gate")[l], of("up")[l]],
            expected,
          }));
        }),
      },
    ];
  },
});
