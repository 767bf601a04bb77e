/**
 * Mistakes in RoPE.
 * @module
 */
import type { Components } from "../../backend/cpu/cpu.ts";
import { applyRope } from "../../nn/rope.ts";
import { roundToBfloat16 } from "../../tensor/bfloat16.ts";
import { float32, type Precision, zeros } from "../../tensor/precision.ts";
import type { NdArray } from "../../tensor/tensor.ts";
import type { Mutant } from "./mutant.ts";

/** What a rotation may do otherwise. */
interface RopeChanges {
  /** The position that is turned by. */
  position?(pos: number): number;
  /** The angle, from position · frequency. */
  angle?(angle: number): number;
  /** The two columns of pair i in a head of size H. */
  pair?(i: number, H: number): readonly [number, number];
}

const halves = (i: number, H: number) => [i, i + H / 2] as const;

function ropeWith({ position, angle, pair = halves }: RopeChanges): Components["applyRope"] {
  return (x, pos, { theta = 10000, precision = float32, out } = {}) => {
    const [L, N, H] = x.shape;
    const y = out ?? zeros([L, N, H], precision);
    const half = angleRounding(precision);
    for (let l = 0; l < L; l++) {
      const p = position ? position(pos + l) : pos + l;
      for (let i = 0; i < H / 2; i++) {
        const exact = half(p * half(1 / half(theta ** ((2 * i) / H))));
        const turned = angle ? angle(exact) : exact;
        rotate(x, y, l, pair(i, H), half(Math.cos(turned)), half(Math.sin(turned)), precision);
      }
    }
    return y;
  };
}

/** Angles are float32, except in float64 (nn/rope.ts). */
function angleRounding({ name, round }: Precision): (x: number) => number {
  return name === "float64" ? round : Math.fround;
}

/** Turns one pair of columns of all heads of row `l`. `y` may be `x`. */
function rotate(
  x: NdArray,
  y: NdArray,
  l: number,
  [a, b]: readonly [number, number],
  cos: number,
  sin: number,
  { round }: Precision,
): void {
  for (let n = 0; n < x.shape[1]; n++) {
    const [first, second] = [x.get(l, n, a), x.get(l, n, b)];
    y.set(l, n, a, round(first * cos - second * sin));
    y.set(l, n, b, round(second * cos + first * sin));
  }
}

export const ROPE_MUTANTS: readonly Mutant[] = [
  {
    id: "rope-interleaved",
    mistake: "RoPE pairs neighbours, 2i with 2i + 1.",
    fix: "Pair the halves of the head, i with i + head_dim/2; nothing in the checkpoint is permuted.",
    seen: "llama.cpp in its first days (#5691)",
    parts: { components: { applyRope: ropeWith({ pair: (i) => [2 * i, 2 * i + 1] }) } },
  },
  {
    id: "rope-none",
    mistake: "Nothing is rotated.",
    fix: "Apply RoPE to queries and keys, in every head and layer.",
    parts: { components: { applyRope: ropeWith({ angle: () => 0 }) } },
  },
  {
    id: "rope-k-only",
    mistake: "RoPE rotates the keys alone.",
    fix: "Rotate the queries too, by their own positions.",
    parts: { wiring: { rotates: ["k"] } },
  },
  {
    id: "rope-q-only",
    mistake: "RoPE rotates the queries alone.",
    fix: "Rotate the keys too, before they are cached.",
    parts: { wiring: { rotates: ["q"] } },
  },
  {
    id: "rope-on-v",
    mistake: "RoPE rotates the values too.",
    fix: "Rotate queries and keys alone; values go into the cache as they are.",
    parts: { wiring: { rotates: ["q", "k", "v"] } },
  },
  {
    id: "rope-sign",
    mistake: "RoPE turns the other way: the signs of the two sines are exchanged.",
    fix: "x[i]·cos − x[i + H/2]·sin, and x[i + H/2]·cos + x[i]·sin.",
    parts: { components: { applyRope: ropeWith({ angle: (angle) => -angle }) } },
  },
  {
    id: "rope-angle-bfloat16",
    mistake: "The angles of RoPE are rounded to bfloat16.",
    fix: "Compute angles, cosines and sines in float32, under autocast too.",
    seen: "Hugging Face before 4.38.2 (PR 29285)",
    rounds: true,
    parts: { components: { applyRope: ropeWith({ angle: roundToBfloat16 }) } },
  },
  {
    id: "rope-position-bfloat16",
    mistake: "Positions are rounded to bfloat16, which holds integers up to 256 only.",
    fix: "Keep positions in int32 or float32.",
    seen: "Keras under mixed precision (#1497)",
    parts: { components: { applyRope: ropeWith({ position: roundToBfloat16 }) } },
  },
  {
    id: "rope-position-off-by-one",
    mistake: "The first token, BOS, is rotated as if it stood at position 1.",
    fix: "Count positions from 0. The logits do not show it, because RoPE is relative; cached keys do.",
    parts: { components: { applyRope: (x, pos, o) => applyRope(x, pos + 1, o) } },
  },
  {
    id: "rope-theta-1e6",
    mistake: "The base of the angles is 1,000,000.",
    fix: "Use rope_theta of the config: 10,000.",
    parts: { components: { applyRope: (x, pos, o) => applyRope(x, pos, { ...o, theta: 1e6 }) } },
  },
];
