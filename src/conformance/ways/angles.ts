/**
 * The ways in which official implementations get RoPE's angles and keep their cosines.
 * @module
 */
import type { Components } from "../../backend/cpu/cpu.ts";
import { float32, zeros } from "../../tensor/precision.ts";
import type { Round } from "./dots.ts";

/** How angles are made and kept. */
export interface Angles {
  /** From position and θ^(2i/H) to the angle. */
  angle(pos: number, timescale: number): number;
  /** Rounds cosine and sine. */
  readonly keep: Round;
}

/** pos / θ^(2i/H) in float32: google-deepmind/gemma (Flax). */
export const DIVIDED: Angles = {
  angle: (pos, timescale) => Math.fround(pos / Math.fround(timescale)),
  keep: Math.fround,
};

/** pos / θ^(2i/H) in float64. The last bit of a frequency, times position 8191, is 1e-12. */
export const DIVIDED_FLOAT64: Angles = {
  angle: (pos, timescale) => pos / timescale,
  keep: (x) => x,
};

/** A table that was made in float64 and rounded. */
export const FROM_FLOAT64: Angles = {
  angle: (pos, timescale) => pos / timescale,
  keep: Math.fround,
};

/** pos · (1 / θ^(2i/H)) in float32, as gemma_pytorch, with cosines kept by `keep` (Hugging Face: in the model's dtype). */
export function keptAs(keep: Round): Angles {
  const angle = (pos: number, timescale: number) =>
    Math.fround(pos * Math.fround(1 / Math.fround(timescale)));
  return { angle, keep: (x) => keep(Math.fround(x)) };
}

export function ropeBy({ angle, keep }: Angles): Components["applyRope"] {
  return (x, pos, { theta = 10000, precision = float32, out } = {}) => {
    const [L, N, H] = x.shape;
    const y = out ?? zeros([L, N, H], precision);
    const { round } = precision;
    for (let l = 0; l < L; l++) {
      for (let i = 0; i < H / 2; i++) {
        const turn = angle(pos + l, theta ** ((2 * i) / H));
        const [cos, sin] = [keep(Math.cos(turn)), keep(Math.sin(turn))];
        for (let n = 0; n < N; n++) {
          const [a, b] = [x.get(l, n, i), x.get(l, n, i + H / 2)];
          y.set(l, n, i, round(a * cos - b * sin));
          y.set(l, n, i + H / 2, round(b * cos + a * sin));
        }
      }
    }
    return y;
  };
}
