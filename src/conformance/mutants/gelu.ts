/**
 * Mistakes in GeGLU.
 * @module
 */
import type { Components } from "../../backend/cpu/cpu.ts";
import { geglu, gelu } from "../../nn/geglu.ts";
import { roundToFloat16 } from "../../tensor/float16.ts";
import { float32, zeros } from "../../tensor/precision.ts";
import type { Mutant } from "./mutant.ts";

/** GeGLU with another activation. */
function gegluWith(activation: (x: number) => number): Components["geglu"] {
  return (gate, up, { precision = float32, out } = {}) => {
    const { round } = precision;
    const [L, F] = gate.shape;
    const y = out ?? zeros([L, F], precision);
    for (let l = 0; l < L; l++) {
      for (let f = 0; f < F; f++) {
        y.set(l, f, round(round(activation(gate.get(l, f))) * up.get(l, f)));
      }
    }
    return y;
  };
}

/** Abramowitz & Stegun 1964, 7.1.26, is within 1.5e-7 only: this is the continued fraction and series, to 1e-15. */
export function erf(x: number): number {
  const a = Math.abs(x);
  if (a > 6) return Math.sign(x);
  if (a < 2.5) {
    // 7.1.6: erf x = 2/√π · e^(−x²) · Σ 2ⁿ x^(2n+1) / (1·3·…·(2n+1))
    let [term, sum] = [a, a];
    for (let n = 1; term > sum * 1e-17; n++) {
      term *= (2 * a * a) / (2 * n + 1);
      sum += term;
    }
    return Math.sign(x) * ((2 / Math.sqrt(Math.PI)) * Math.exp(-a * a) * sum);
  }
  // 7.1.14: erfc x = e^(−x²)/√π · 1/(x + (1/2)/(x + 1/(x + (3/2)/(x + …))))
  let fraction = a;
  for (let n = 60; n > 0; n--) fraction = a + n / 2 / fraction;
  return Math.sign(x) * (1 - Math.exp(-a * a) / Math.sqrt(Math.PI) / fraction);
}

/**
 * GELU as llama.cpp's CPU code has it: the argument is rounded to float16, and the value comes from a table of
 * float16; from |x| = 10 on it is 0 or x (ggml, ggml_vec_gelu_f32).
 */
export function geluFloat16Table(x: number): number {
  if (x <= -10) return 0;
  return x >= 10 ? x : roundToFloat16(gelu(roundToFloat16(x)));
}

export const GELU_MUTANTS: readonly Mutant[] = [
  // #region erf
  {
    id: "gelu-erf",
    mistake: "GELU is the exact one, with erf, as hidden_act of the first config.json says.",
    fix: "Use the tanh form always; ignore hidden_act for Gemma 1.",
    seen: "Hugging Face 4.48 to 4.57 (#49051), candle, mlx-lm",
    parts: {
      components: { geglu: gegluWith((x) => 0.5 * x * (1 + erf(x / Math.SQRT2))) },
    },
  },
  // #endregion
  {
    id: "gelu-quick",
    mistake: "GELU is x·sigmoid(1.702·x).",
    fix: "Use ½·x·(1 + tanh(√(2/π)·(x + 0.044715·x³))).",
    parts: { components: { geglu: gegluWith((x) => x / (1 + Math.exp(-1.702 * x))) } },
  },
  {
    id: "gelu-silu",
    mistake: "The activation is SiLU, as in Llama.",
    fix: "Use GELU, in its tanh form.",
    parts: { components: { geglu: gegluWith((x) => x / (1 + Math.exp(-x))) } },
  },
  {
    id: "gelu-f16-table",
    mistake:
      "GELU goes through a float16 table: its argument and its value are rounded to float16.",
    fix: "Nothing is wrong if float16 is what you promise; in float32 compute the tanh.",
    seen: "llama.cpp on a CPU",
    rounds: true,
    parts: { components: { geglu: gegluWith(geluFloat16Table) } },
  },
  {
    id: "gelu-gate-up-swapped",
    mistake: "gate and up are exchanged: gelu(up) · gate.",
    fix: "gate_proj is the branch that goes through GELU.",
    parts: { components: { geglu: (gate, up, o) => geglu(up, gate, o) } },
  },
  {
    id: "gelu-on-product",
    mistake: "GELU is applied to gate · up.",
    fix: "Apply it to gate alone, and multiply by up afterwards.",
    parts: {
      components: {
        geglu(gate, up, { precision = float32, out } = {}) {
          const [L, F] = gate.shape;
          const y = out ?? zeros([L, F], precision);
          for (let l = 0; l < L; l++) {
            for (let f = 0; f < F; f++) {
              y.set(l, f, precision.round(gelu(gate.get(l, f) * up.get(l, f))));
            }
          }
          return y;
        },
      },
    },
  },
];
