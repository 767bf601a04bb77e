/**
 * The situations in which kvWrite and attention are tried: keys that come in pieces, positions that are written
 * again, layers and sequences beside each other.
 * @module
 */
import type { KernelName } from "../../../backend/backend.ts";
import type { NdArray } from "../../../tensor/tensor.ts";
import type { Suite } from "../../vectors/suite.ts";
import type { Check } from "../check.ts";
import { type Heads, type Pass, runScript, type Script } from "./attention-script.ts";
import { attentionSlips } from "./attention-slips.ts";
import { caseOf, type KernelCase, rowOf, sizeOf } from "./case.ts";

/** Rows of a case: those of `k` and `v` by position, those of `q` by row. */
interface Rows {
  readonly L: number;
  readonly pos: number;
  k(position: number): Float64Array;
  v(position: number): Float64Array;
  q(row: number): Float64Array;
}

interface Situation {
  readonly name: string;
  readonly kernel: KernelName;
  readonly note: string;
  readonly words: string;
  /** The caches, and the passes; their results are those of the case, row by row. */
  script(rows: Rows): Pick<Script, "caches" | "passes">;
}

/** A list made by index. */
function list<T>(count: number, make: (i: number) => T): T[] {
  const made: T[] = [];
  for (let i = 0; i < count; i++) made.push(make(i));
  return made;
}

const NAN = (row: ArrayLike<number>) => new Float64Array(row.length).fill(Number.NaN);

/** Positions `begin` to `end` of a case, written to a cache in a pass of their own. */
function written(
  { k, v }: Rows,
  begin: number,
  end: number,
  { kv = 0, layer = 0, at = begin }: { kv?: number; layer?: number; at?: number } = {},
): Pass[] {
  // Not all at once: the tensors of a pass are small.
  const step = end - begin > 100 ? 64 : 16;
  return list(Math.ceil((end - begin) / step), (i) => {
    const first = begin + i * step;
    const count = Math.min(step, end - first);
    const spans = [{ from: 0, count, pos: at + first - begin, kv }];
    const rows = (of: typeof k) => list(count, (r) => of(first + r));
    return { layer, spans, k: rows(k), v: rows(v) };
  });
}

/** The rows that look, in one span, at `from` and `into`; other rows hold rows of other positions. */
function looking(rows: Rows, { from = 0, into, layer = 0, held }: Partial<Looking> = {}): Pass {
  const { L, pos, k, v, q } = rows;
  const spans = [{ from, count: L, pos, kv: 0, ...(into !== undefined && { into }) }];
  const length = from === 0 ? L : from + L + 1;
  return {
    layer,
    spans,
    k: list(length, (r) => k(pos + r - from)),
    v: list(length, (r) => v(pos + r - from)),
    q: list(length, (r) => q(r - from)),
    ...(held !== undefined && { held }),
  };
}

interface Looking {
  readonly from: number;
  readonly into: number;
  readonly layer: number;
  readonly held: number;
}

const past = (rows: Rows, options = {}) => written(rows, 0, rows.pos, options);

const SITUATIONS: readonly Situation[] = [
  {
    name: "plain",
    kernel: "attention",
    note: "One span from row 0 on. Later positions hold other tokens.",
    words: "",
    script(rows) {
      const S = rows.pos + rows.L;
      const passes = [...written(rows, 1, 3, { at: S }), ...past(rows), looking(rows)];
      return { caches: [S + 2], passes };
    },
  },
  {
    name: "dirty",
    kernel: "attention",
    note: "What dst held before plays no part.",
    words: "into a dst that held NaN",
    script: (rows) => ({
      caches: [rows.pos + rows.L],
      passes: [...past(rows), looking(rows, { held: Number.NaN })],
    }),
  },
  {
    name: "moved",
    kernel: "attention",
    note: "Row from + i of q makes row into + i of dst. Other rows of dst stay untouched.",
    words: "rows from 2 into 5",
    script: (rows) => ({
      caches: [rows.pos + rows.L + 9],
      passes: [...past(rows), looking(rows, { from: 2, into: 5 })],
    }),
  },
  {
    name: "later",
    kernel: "attention",
    note: "The row at position p sees positions 0 to p, and never reads a later one.",
    words: "where later positions hold NaN",
    script(rows) {
      const S = rows.pos + rows.L;
      const nothing = { ...rows, k: () => NAN(rows.k(0)), v: () => NAN(rows.v(0)) };
      const passes = [...written(nothing, S, S + 3), ...past(rows), looking(rows)];
      return { caches: [S + 3], passes };
    },
  },
  {
    name: "none",
    kernel: "attention",
    note: "`count` may be 0: nothing is written, to dst or to the cache.",
    words: "no rows (count 0)",
    script(rows) {
      const k = [NAN(rows.k(0)), NAN(rows.k(0))];
      const v = [NAN(rows.v(0)), NAN(rows.v(0))];
      const q = [rows.q(0), rows.q(0)];
      const none = { layer: 0, spans: [{ from: 1, count: 0, pos: 0, kv: 0, into: 1 }], k, v, q };
      return { caches: [rows.pos + rows.L], passes: [...past(rows), none, looking(rows)] };
    },
  },
  {
    name: "singles",
    kernel: "attention",
    note: "Rows one by one, as in decoding.",
    words: "row by row",
    script(rows) {
      const { L, pos, k, v, q } = rows;
      const steps = list(L, (i) => ({
        layer: 0,
        spans: [{ from: 0, count: 1, pos: pos + i, kv: 0 }],
        k: [k(pos + i)],
        v: [v(pos + i)],
        q: [q(i)],
      }));
      return { caches: [pos + L], passes: [...past(rows), ...steps] };
    },
  },
  {
    name: "spans",
    kernel: "attention",
    note: "Several sequences may be decoded in one pass, each in its own cache.",
    words: "a span and a cache for every row",
    script(rows) {
      const { L, pos, k, v, q } = rows;
      const S = pos + L;
      // Later positions of each cache hold others, so that no cache can stand for another.
      const caches = list(L, () => S);
      const before = caches.flatMap((_, i) => [
        ...written(rows, 0, pos + i, { kv: i }),
        ...written(rows, i + 2, L + 1, { kv: i, at: pos + i + 1 }),
      ]);
      // Row i of the case lies at row L − 1 − i, and its result goes one row further.
      const place = (i: number) => L - 1 - i;
      const spans = list(L, (i) => ({
        from: place(i),
        count: 1,
        pos: pos + i,
        kv: i,
        into: place(i) + 1,
      }));
      const pass = {
        layer: 0,
        spans,
        k: list(L, (r) => k(pos + place(r))),
        v: list(L, (r) => v(pos + place(r))),
        q: list(L, (r) => q(place(r))),
      };
      return { caches, passes: [...before, pass] };
    },
  },
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

/** A case in every situation of attention; those of kvWrite too if some positions lie before its rows. */
export function attentionChecks(kase: KernelCase): Check[] {
  const [, , name] = kase.id.split(".");
  return SITUATIONS.filter(({ kernel }) => kernel === "attention" || kase.attrs.pos >= 10).map(
    (situation) => {
      const id = `t0.${situation.kernel}.${name}@${situation.name}`;
      return attentionCheck(kase, id, situation);
    },
  );
}

/** A case in the plain situation, with an id of its own. */
export function plainAttentionCheck(kase: KernelCase, id: string, words: string): Check {
  return attentionCheck(kase, id, { ...SITUATIONS[0], words });
}

function attentionCheck(kase: KernelCase, id: string, situation: Situation): Check {
  const { kernel, note, name, words } = situation;
  return {
    id,
    tier: "T0",
    note: name === "plain" ? kase.note : note,
    kernel,
    async run(lab) {
      lab.where = words ? `${kernel}, ${words}` : kernel;
      const script = { ...headsOf(kase), ...situation.script(rowsOf(kase)) };
      const got = await runScript(lab, script);
      const { columns } = sizeOf(kase.expected);
      const values = Float64Array.from(kase.expected.data);
      lab.judge(got, { values, columns, budget: kase.budget }, attentionSlips(script));
    },
  };
}

/** A prompt is prefilled in the pass in which another sequence goes on. */
export function mixedCheck(suite: Suite): Check {
  return {
    id: "t0.attention.mixed@spans",
    tier: "T0",
    note: "Several sequences may be decoded in one pass, and a prompt prefilled beside them.",
    kernel: "attention",
    async run(lab) {
      lab.where = "attention, two sequences in one pass";
      const [prompt, going] = ["mqa", "cached"].map((name) =>
        caseOf(suite, `t0.attention.${name}`),
      );
      const [a, b] = [rowsOf(prompt), rowsOf(going)];
      const both = (name: "k" | "v") => [
        ...list(b.L, (i) => b[name](b.pos + i)),
        ...list(a.L, (i) => a[name](i)),
      ];
      const pass: Pass = {
        layer: 1,
        spans: [
          { from: b.L, count: a.L, pos: 0, kv: 0 },
          { from: 0, count: b.L, pos: b.pos, kv: 1 },
        ],
        k: both("k"),
        v: both("v"),
        q: [...list(b.L, b.q), ...list(a.L, a.q)],
      };
      const passes = [...past(b, { kv: 1, layer: 1 }), pass];
      const script = { ...headsOf(going), caches: [a.L, b.pos + b.L], passes };
      const got = await runScript(lab, script);
      const { columns } = sizeOf(going.expected);
      const split = a.L * columns;
      const simulated = [...attentionSlips(script)];
      for (const [kase, begin, end] of [
        [prompt, 0, split],
        [going, split, got.length],
      ] as const) {
        const slips = simulated.map((slip) => ({
          ...slip,
          values: () => Array.prototype.slice.call(slip.values(), begin, end),
        }));
        const values = Float64Array.from(kase.expected.data);
        lab.judge(got.slice(begin, end), { values, columns, budget: kase.budget }, slips);
      }
    },
  };
}

function headsOf({ attrs }: KernelCase): Heads {
  const { heads, kvHeads, headDim, scale } = attrs;
  return { heads, kvHeads, headDim, scale };
}

function rowsOf({ attrs, inputs }: KernelCase): Rows {
  const of = (name: string) => {
    const array = inputs.get(name) as NdArray;
    return (row: number) => rowOf(array, row);
  };
  return {
    L: sizeOf(inputs.get("q") as NdArray).rows,
    pos: attrs.pos,
    k: of("k"),
    v: of("v"),
    q: of("q"),
  };
}
