/**
 * Attention of one key-value head: scores, softmax and weighted values, for four queries at a time or for one.
 * nn/attention.ts
 *
 * Four queries (heads of one token, or tokens of one head) share every load of a key and a value. Their numbers are
 * interleaved, vector by vector (queries, results) and position by position (scores), so that a vector of scores is
 * one position of four queries:
 *
 *     q  [q0 0–3] [q1 0–3] [q2 0–3] [q3 0–3] [q0 4–7] …       scores  [q0 q1 q2 q3] at position 0, …
 *
 * Whether a query is computed with others or alone, it gets the same bits: every sum runs in the same order. Keys and
 * values are taken in blocks that the caller chooses, so that they stay in the cache for several calls.
 *
 * The weights e^(score − max) are not divided by their sum here: the caller divides the result, which is shorter.
 * @module
 */

import type { FunctionBuilder, Local } from "../asm/function.ts";
import { f32, f32x4, i32, v128 } from "../asm/instructions.ts";
import type { ModuleBuilder } from "../asm/module.ts";
import { exp } from "./exp.ts";
import type { MultiplyAdd } from "./multiply-add.ts";
import { laneSums } from "./transpose.ts";

/** Queries that are computed together. */
export const QUERIES = 4;

/** Heads are padded with zeros to a multiple of so many numbers. */
export const HEAD_MULTIPLE = 16;

/**
 * Adds to a module, for `vectors` vectors of four numbers in a head and `keys` positions, `stride` bytes apart:
 *
 * - `scores4(q, k, scores, keys, stride, vectors)` and `scores1(…)`: q · k of each position;
 * - `softmax4(scores, keys)` and `softmax1(scores, keys)`: the scores become weights; their sums (a vector; a number)
 *   lie behind the last of them;
 * - `values4(weights, v, z, keys, stride, vectors)`: z += Σ weight · v;
 * - `values1(weights, weightStride, v, z, zStride, keys, stride, vectors)`: as that, of one query, whose weights are
 *   `weightStride` bytes apart and whose vectors of z are `zStride` bytes apart.
 */
export function attention(module: ModuleBuilder, multiplyAdd: MultiplyAdd): void {
  scores(module, multiplyAdd);
  softmax(module);
  values(module, multiplyAdd);
}

const zero = () => f32x4.splat(f32.const(0));

/** `keys` keys in portions of `most`, and what is left one by one. */
function inPortions(
  f: FunctionBuilder,
  keys: Local<"i32">,
  most: number,
  work: (count: number) => void,
): void {
  f.repeat(i32.div_u(keys, i32.const(most)), () => work(most));
  f.repeat(i32.rem_u(keys, i32.const(most)), () => work(1));
}

function scores(module: ModuleBuilder, multiplyAdd: MultiplyAdd): void {
  const parameters = {
    q: "i32",
    k: "i32",
    scores: "i32",
    keys: "i32",
    stride: "i32",
    vectors: "i32",
  } as const;
  for (const queries of [QUERIES, 1]) {
    module.export(`scores${queries}`, parameters, undefined, (f, args) => {
      const { q, k, scores, keys, stride, vectors } = args;
      inPortions(f, keys, queries === 1 ? 4 : 2, (count) => {
        const at = f.let(q);
        const rows: Local<"i32">[] = [];
        for (let i = 0; i < count; i++) {
          rows.push(f.let(k));
          f.increase(k, stride);
        }
        const sums = rows.map(() => Array.from({ length: queries }, () => f.let(zero())));
        f.repeat(vectors, () => {
          const qs = sums[0].map((_, n) => f.let(v128.load(at, 16 * n)));
          const ks = rows.map((row) => f.let(v128.load(row)));
          for (const [i, key] of ks.entries()) {
            for (const [n, query] of qs.entries()) {
              f.set(sums[i][n], multiplyAdd(sums[i][n], query, key));
            }
          }
          f.increase(at, 16 * queries);
          for (const row of rows) f.increase(row, 16);
        });
        if (queries === 1) {
          const four = f.let(
            laneSums(
              f,
              [0, 1, 2, 3].map((i) => (sums[i] ?? sums[0])[0]),
            ),
          );
          if (count === 1) f.do(v128.store32_lane(scores, four, 0));
          else f.do(v128.store(scores, four));
        } else {
          for (const [i, ofKey] of sums.entries()) {
            f.do(v128.store(scores, laneSums(f, ofKey), 16 * i));
          }
        }
        f.increase(scores, 4 * queries * count);
      });
    });
  }
}

function softmax(module: ModuleBuilder): void {
  const parameters = { scores: "i32", keys: "i32" } as const;
  module.export("softmax4", parameters, undefined, (f, { scores, keys }) => {
    const at = f.let(scores);
    const max = f.let(f32x4.splat(f32.const(Number.NEGATIVE_INFINITY)));
    f.repeat(keys, () => {
      f.set(max, f32x4.max(max, v128.load(at)));
      f.increase(at, 16);
    });
    const sum = f.let(zero());
    f.repeat(keys, () => {
      const weight = f.let(exp(f, f32x4.sub(v128.load(scores), max)));
      f.set(sum, f32x4.add(sum, weight));
      f.do(v128.store(scores, weight));
      f.increase(scores, 16);
    });
    f.do(v128.store(scores, sum));
  });

  module.export("softmax1", parameters, undefined, (f, { scores, keys }) => {
    const at = f.let(scores);
    const max = f.let(f32.const(Number.NEGATIVE_INFINITY));
    f.repeat(keys, () => {
      f.set(max, f32.max(max, f32.load(at)));
      f.increase(at, 4);
    });
    const sum = f.let(f32.const(0));
    const weigh = (count: number) => {
      const loaded = count === 1 ? v128.load32_zero(scores) : v128.load(scores);
      const weights = f.let(exp(f, f32x4.sub(loaded, f32x4.splat(max))));
      for (let i = 0; i < count; i++) f.set(sum, f32.add(sum, f32x4.extract_lane(weights, i)));
      if (count === 1) f.do(v128.store32_lane(scores, weights, 0));
      else f.do(v128.store(scores, weights));
      f.increase(scores, 4 * count);
    };
    inPortions(f, keys, 4, weigh);
    f.do(f32.store(scores, sum));
  });
}

function values(module: ModuleBuilder, multiplyAdd: MultiplyAdd): void {
  const four = {
    weights: "i32",
    v: "i32",
    z: "i32",
    keys: "i32",
    stride: "i32",
    vectors: "i32",
  } as const;
  module.export("values4", four, undefined, (f, { weights, v, z, keys, stride, vectors }) => {
    const columns = [0, 1];
    f.repeat(i32.shr_u(vectors, 1), () => {
      const sums = columns.map((c) =>
        [0, 1, 2, 3].map((n) => f.let(v128.load(z, 16 * (QUERIES * c + n)))),
      );
      const weight = f.let(weights);
      const value = f.let(v);
      f.repeat(keys, () => {
        const vs = columns.map((c) => f.let(v128.load(value, 16 * c)));
        const ws = [0, 1, 2, 3].map((n) => f.let(v128.load32_splat(weight, 4 * n)));
        for (const c of columns) {
          for (const [n, w] of ws.entries()) f.set(sums[c][n], multiplyAdd(sums[c][n], w, vs[c]));
        }
        f.increase(weight, 4 * QUERIES);
        f.increase(value, stride);
      });
      for (const c of columns) {
        for (const [n, sum] of sums[c].entries()) f.do(v128.store(z, sum, 16 * (QUERIES * c + n)));
      }
      f.increase(z, 16 * QUERIES * columns.length);
      f.increase(v, 16 * columns.length);
    });
  });

  const one = { weights: "i32", weightStride: "i32", v: "i32", z: "i32", zStride: "i32" } as const;
  const rest = { keys: "i32", stride: "i32", vectors: "i32" } as const;
  module.export("values1", { ...one, ...rest }, undefined, (f, args) => {
    const { weights, weightStride, v, z, zStride, keys, stride, vectors } = args;
    const columns = [0, 1, 2, 3];
    f.repeat(i32.shr_u(vectors, 2), () => {
      const places = [f.let(z)];
      for (const c of [1, 2, 3]) places.push(f.let(i32.add(places[c - 1], zStride)));
      const sums = places.map((place) => f.let(v128.load(place)));
      const weight = f.let(weights);
      const value = f.let(v);
      f.repeat(keys, () => {
        const vs = columns.map((c) => f.let(v128.load(value, 16 * c)));
        const w = f.let(v128.load32_splat(weight));
        for (const c of columns) f.set(sums[c], multiplyAdd(sums[c], w, vs[c]));
        f.increase(weight, weightStride);
        f.increase(value, stride);
      });
      for (const c of columns) f.do(v128.store(places[c], sums[c]));
      f.increase(z, i32.shl(zStride, 2));
      f.increase(v, 16 * columns.length);
    });
  });
}
