/**
 * Exercise `kvhead`: which key-value head a query head reads (nn/attention.ts).
 * @module
 */

import { maxError } from "../../conformance/metrics.ts";
import { type Exercise, exercise } from "../exercise.ts";
import type { Materials } from "../materials.ts";
import type { Rows } from "../parts.ts";

export const kvhead: Exercise = exercise({
  name: "kvhead",
  page: 7,
  title: "who shares a key",
  noun: "head map",
  task: `N query heads share K key-value heads, K divides N. Neighbours share: the first
    N/K query heads read head 0, the next N/K head 1. Which one does head n read?`,
  functions: { kvHead: ["n", "N", "K"] },
  hints: [
    "N/K query heads share one key-value head.",
    "Write down which n get 0, for N = 6 and K = 2.",
    "Math.floor(n * K / N).",
  ],
  knobs: {
    map: {
      "⌊n·K/N⌋": "",
      "n mod K":
        "This gives 0 1 0 1 0 1 for six heads and two keys. Neighbours share: 0 0 0 1 1 1. With one key, as in the 2B, nobody would see the difference.",
      "⌊n/K⌋":
        "This gives 0 0 1 1 2 2 for six heads and two keys: head 2 of 2 does not exist. How many query heads share one?",
      "always 0":
        "This is right for K = 1 alone, as in the 2B. The 7B has a key-value head for each query head.",
      n: "This is right for K = N alone, as in the 7B. The 2B has one key-value head for all.",
      "n·K/N": "This is not a whole number for every n. A head has an index: round it down.",
      "rounded n·K/N": "This rounds to the nearest. The last of a group goes with its neighbours.",
    },
  },
  build: ({ map }) => ({
    kvHead(n, N, K) {
      const x = (n * K) / N;
      return {
        "⌊n·K/N⌋": Math.floor(x),
        "n mod K": n % K,
        "⌊n/K⌋": Math.floor(n / K),
        "always 0": 0,
        n,
        "n·K/N": x,
        "rounded n·K/N": Math.round(x),
      }[map];
    },
  }),
  cases(materials) {
    const heads = (N: number, K: number, of: readonly number[]) =>
      of.map((expected, n) => ({
        where: "",
        given: `n = ${n}, N = ${N}, K = ${K}`,
        args: () => [n, N, K],
        expected,
      }));
    const hand = (name: string, N: number, K: number, of: readonly number[]) => ({
      name,
      given: `N = ${N}, K = ${K}`,
      golden: false,
      calls: heads(N, K, of),
    });
    return [
      hand("calculator", 6, 2, [0, 0, 0, 1, 1, 1]),
      hand("MQA, as in the 2B", 8, 1, [0, 0, 0, 0, 0, 0, 0, 0]),
      hand("MHA, as in the 7B", 4, 4, [0, 1, 2, 3]),
      {
        name: "six heads of Google's code, each with the keys that give its result",
        given: "N = 6, K = 2",
        golden: true,
        calls: heads(6, 2, headsOfGoogle(materials)),
      },
    ];
  },
});

/** Of each query head the key-value head with which attention gives Google's result. */
export function headsOfGoogle({ nano, right }: Materials): number[] {
  const { numAttentionHeads: N, numKeyValueHeads: K, headDim: H } = nano.model.config;
  const { ropeTheta: theta } = nano.model.config;
  const of = (name: string) => nano.trace.rows(`trace.layers.0.${name}.f64`);
  const byHead = (rows: Rows, n: number) => rows.map((one) => one.slice(n * H, (n + 1) * H));
  const oneOfK = (rows: Rows, kv: number) => rows.filter((_, i) => i % K === kv);
  return Array.from({ length: N }, (_, n) => {
    const q = byHead(of("qkv"), n).map((one, l) => right.rope(one, l, theta));
    const z = byHead(of("attn_heads"), n);
    const distances = Array.from({ length: K }, (_, kv) => {
      const mine = right.attention(q, oneOfK(of("k_rope"), kv), oneOfK(of("v"), kv), 0);
      return Math.max(...mine.map((one, l) => maxError(one, z[l])));
    });
    return distances.indexOf(Math.min(...distances));
  });
}
