/**
 * Legitimate ways to compute Gemma in each accuracy class: what engines that are right do differently. The worst
 * of them, times four, is the budget of a vector (judge/budget.ts).
 * @module
 */
import type { Accuracy } from "../../backend/backend.ts";
import type { Components } from "../../backend/cpu/cpu.ts";
import { linear } from "../../nn/linear.ts";
import { roundToBfloat16 } from "../../tensor/bfloat16.ts";
import { roundToFloat16 } from "../../tensor/float16.ts";
import { bfloat16, float32, float64, type Precision } from "../../tensor/precision.ts";
import { mapped } from "../../tensor/tensor.ts";
import type { Parts } from "../engine/engine.ts";
import { EMBED_MUTANTS } from "../mutants/embed.ts";
import { GELU_MUTANTS } from "../mutants/gelu.ts";
import { DIVIDED, DIVIDED_FLOAT64, FROM_FLOAT64, keptAs, ropeBy } from "./angles.ts";
import { blocked, fused, pairwise, reversed, sequential } from "./dots.ts";
import {
  type Arithmetic,
  narrow,
  narrowAttention,
  narrowGeglu,
  narrowLinear,
  narrowNorm,
} from "./narrow.ts";
import {
  eightBits,
  fourBits,
  fourBitsFromLeast,
  quantisedWeights,
  withQuantisedInput,
} from "./quantised.ts";

/** A way to compute, with a name for the record. */
export interface Way {
  readonly id: string;
  readonly parts: Parts;
}

/** Results are float16, in a Float32Array. Angles stay float32, as the name says. */
const float16: Precision = { ...float32, round: roundToFloat16 };

const exact = (x: number) => x;
const { fround } = Math;

/** A difference of `ulps` float32 units in the last place, up or down by the argument's own bits. */
function off(value: number, argument: number, ulps: number): number {
  const sign = Math.sin(argument * 12345.6789) < 0 ? -1 : 1;
  return fround(value * (1 + sign * ulps * 2 ** -23));
}

/**
 * What WGSL allows: exp within 3 + 2|x| units in the last place, inverseSqrt within 2; tanh as
 * (e^2x − 1) / (e^2x + 1), whose argument is clamped (WGSL, "Concrete floating point accuracy").
 */
const WGSL: Omit<Arithmetic, "dot"> = {
  round: fround,
  exp: (x) => off(Math.exp(x), x, 3 + 2 * Math.abs(x)),
  inverseSqrt: (x) => off(1 / Math.sqrt(x), x, 2),
  tanh(x) {
    const clamped = Math.max(-9.01, Math.min(9.01, x));
    const e = off(Math.exp(2 * clamped), clamped, 3 + 4 * Math.abs(clamped));
    return fround(fround(e - 1) / fround(e + 1));
  },
};

function mutantComponents(id: string): Partial<Components> {
  const found = [...GELU_MUTANTS, ...EMBED_MUTANTS].find((mutant) => mutant.id === id);
  if (!found?.parts.components) throw new Error(`no such mutant: ${id}`);
  return found.parts.components;
}

/** A bug in float32, and right where results are float16 anyway. */
const geluTable = mutantComponents("gelu-f16-table");
/** A bug in float32, and what the released model does in bfloat16. */
const roundedScale = mutantComponents("embed-scale-bfloat16");

const float32Ways: readonly Way[] = [
  { id: "float32, sums in float64", parts: { precision: float32 } },
  ...Object.entries({ sequential, reversed, pairwise, blocked, fused }).map(([name, order]) => ({
    id: `float32, ${name} sums`,
    parts: { precision: float32, components: narrow({ dot: order(fround), round: fround }) },
  })),
  {
    id: "float32, angles divided",
    parts: { precision: float32, components: { applyRope: ropeBy(DIVIDED) } },
  },
  {
    id: "float32, angles from float64",
    parts: { precision: float32, components: { applyRope: ropeBy(FROM_FLOAT64) } },
  },
];

const relaxedWays: readonly Way[] = [
  ...float32Ways,
  ...Object.entries({ pairwise, fused, blocked }).map(([name, order]) => ({
    id: `WGSL, ${name} sums`,
    parts: { precision: float32, components: narrow({ ...WGSL, dot: order(fround) }) },
  })),
];

const float16Ways: readonly Way[] = [
  { id: "float16, sums in float64", parts: { precision: float16 } },
  {
    id: "float16, blocks of 32 summed in float16",
    parts: {
      precision: float16,
      // Not the norms: the squares of a trained model's large channels are beyond float16.
      components: {
        linear: narrowLinear(blocked(roundToFloat16, fround)),
        attention: narrowAttention({ dot: blocked(roundToFloat16, fround), round: fround }),
      },
    },
  },
  {
    id: "float16, elementary functions in float16",
    parts: {
      precision: float16,
      components: {
        geglu: narrowGeglu({ dot: sequential(fround), round: roundToFloat16 }),
        attention: narrowAttention({ dot: sequential(fround), round: roundToFloat16 }),
      },
    },
  },
  {
    id: "float16, cosines in float16",
    parts: { precision: float16, components: { applyRope: ropeBy(keptAs(roundToFloat16)) } },
  },
  {
    id: "float16, angles divided",
    parts: { precision: float16, components: { applyRope: ropeBy(DIVIDED) } },
  },
  { id: "float16, GELU from a table", parts: { precision: float16, components: geluTable } },
  {
    id: "float32, GELU from a float16 table",
    parts: { precision: float32, components: geluTable },
  },
  {
    id: "float32, matmul inputs in float16",
    parts: { precision: float32, components: { linear: inputsAs(roundToFloat16) } },
  },
];

const bfloat16Ways: readonly Way[] = [
  { id: "bfloat16, as bf16.md", parts: { precision: bfloat16, components: roundedScale } },
  { id: "bfloat16, √hidden exact", parts: { precision: bfloat16 } },
  {
    id: "bfloat16, GELU step by step",
    parts: {
      precision: bfloat16,
      components: {
        ...roundedScale,
        geglu: narrowGeglu({ dot: sequential(fround), round: roundToBfloat16 }),
      },
    },
  },
  {
    id: "bfloat16, cosines in bfloat16",
    parts: {
      precision: bfloat16,
      components: { ...roundedScale, applyRope: ropeBy(keptAs(roundToBfloat16)) },
    },
  },
  {
    id: "bfloat16, angles divided",
    parts: { precision: bfloat16, components: { ...roundedScale, applyRope: ropeBy(DIVIDED) } },
  },
  {
    id: "bfloat16, norms in bfloat16",
    parts: {
      precision: bfloat16,
      components: {
        ...roundedScale,
        rmsNorm: narrowNorm({ dot: sequential(fround), round: roundToBfloat16 }),
      },
    },
  },
  {
    id: "float32, matmul inputs in bfloat16",
    parts: { precision: float32, components: { linear: inputsAs(roundToBfloat16) } },
  },
];

/** `linear` whose input is rounded first: activations are kept wider than what the matmul takes. */
function inputsAs(round: (x: number) => number): Components["linear"] {
  return (x, weight, options) => linear(mapped(x, round), weight, options);
}

function quantised(name: string, weights: typeof eightBits, precision: Precision): readonly Way[] {
  const parts = { precision, weights: quantisedWeights(weights) };
  return [
    { id: `${name} weights`, parts },
    {
      id: `${name} weights, 8-bit activations`,
      parts: { ...parts, components: { linear: withQuantisedInput(linear, eightBits) } },
    },
  ];
}

/** The ways of each class. */
export const WAYS: Readonly<Record<Accuracy, readonly Way[]>> = {
  float64: [
    ...Object.entries({ reversed, pairwise, blocked }).map(([name, order]) => ({
      id: `float64, ${name} sums`,
      parts: { precision: float64, components: narrow({ dot: order(exact), round: exact }) },
    })),
    {
      id: "float64, angles divided",
      parts: { precision: float64, components: { applyRope: ropeBy(DIVIDED_FLOAT64) } },
    },
  ],
  float32: float32Ways,
  "float32-relaxed": relaxedWays,
  float16: float16Ways,
  bfloat16: bfloat16Ways,
  q8: [
    ...quantised("Q8_0", eightBits, float32),
    ...quantised("Q8_0, float16 results,", eightBits, float16),
    ...quantised("Q8_0, bfloat16 results,", eightBits, bfloat16),
  ],
  q4: [
    ...quantised("Q4_0", fourBits, float32),
    ...quantised("Q4_1", fourBitsFromLeast, float32),
    ...quantised("Q4_0, float16 results,", fourBits, float16),
  ],
};
