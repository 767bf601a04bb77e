/**
 * The situations in which kvWrite is tried: rows and positions that have nothing to do with each other, positions that
 * are written again, layers and sequences beside each other.
 * @module
 */
import { looking, past, type Situation, written } from "./attention-rows.ts";
import type { Pass } from "./attention-script.ts";

export const KV_WRITE_SITUATIONS: readonly Situation[] = [
  {
    name: "from",
    kernel: "kvWrite",
    note: "Rows `from` … of k and v are written.",
    words: "rows from 2",
    script(rows) {
      const moved = written(rows, 0, rows.pos).map((pass): Pass => {
        const spans = pass.spans.map((span) => ({ ...span, from: 2 }));
        return {
          ...pass,
          spans,
          k: [rows.k(7), rows.k(8), ...pass.k],
          v: [rows.v(7), rows.v(8), ...pass.v],
        };
      });
      return { caches: [rows.pos + rows.L + 2], passes: [...moved, looking(rows)] };
    },
  },
  {
    name: "pos",
    kernel: "kvWrite",
    note: "Row from + i goes to position pos + i.",
    words: "in pieces, at positions 3, 4 and 10",
    script(rows) {
      const ends = [3, 4, 10, rows.pos].filter((end) => end <= rows.pos);
      const pieces = ends.flatMap((end, i) => written(rows, ends[i - 1] ?? 0, end));
      return { caches: [rows.pos + rows.L], passes: [...pieces, looking(rows)] };
    },
  },
  {
    name: "into",
    kernel: "kvWrite",
    note: "A function without a dst ignores `into`.",
    words: "where spans have an `into`",
    script(rows) {
      const moved = written(rows, 0, rows.pos).map((pass): Pass => {
        return { ...pass, spans: pass.spans.map((span) => ({ ...span, into: 1 })) };
      });
      return { caches: [rows.pos + rows.L + 1], passes: [...moved, looking(rows)] };
    },
  },
  {
    name: "rewound",
    kernel: "kvWrite",
    note: "A cache is rewound by writing at an earlier position again.",
    words: "over positions that held others",
    script(rows) {
      const S = rows.pos + rows.L;
      const others = { ...rows, k: (p: number) => rows.k(S - p), v: (p: number) => rows.v(S - p) };
      return { caches: [S], passes: [...written(others, 0, S), ...past(rows), looking(rows)] };
    },
  },
  {
    name: "layers",
    kernel: "kvWrite",
    note: "Every layer has keys and values of its own.",
    words: "in layer 1, where layer 0 holds others",
    script(rows) {
      const S = rows.pos + rows.L;
      const others = { ...rows, k: (p: number) => rows.k(S - p), v: (p: number) => rows.v(S - p) };
      const passes = [
        ...past(rows, { layer: 1 }),
        ...written(others, 0, S),
        looking(rows, { layer: 1 }),
      ];
      return { caches: [S], passes };
    },
  },
  {
    name: "caches",
    kernel: "kvWrite",
    note: "Every sequence has a cache of its own.",
    words: "in one of two caches",
    script(rows) {
      const S = rows.pos + rows.L;
      const others = { ...rows, k: (p: number) => rows.k(S - p), v: (p: number) => rows.v(S - p) };
      const passes = [...past(rows), ...written(others, 0, S, { kv: 1 }), looking(rows)];
      return { caches: [S, S], passes };
    },
  },
];
