/**
 * The situations in which attention is tried, and with it kvWrite.
 * @module
 */
import type { Suite } from "../../vectors/suite.ts";
import type { Check } from "../check.ts";
import { list, looking, NAN, past, rowsOf, type Situation, written } from "./attention-rows.ts";
import { type Heads, type Pass, runScript } from "./attention-script.ts";
import { attentionSlips } from "./attention-slips.ts";
import { caseOf, type KernelCase, sizeOf } from "./case.ts";
import { KV_WRITE_SITUATIONS } from "./kv-write-situations.ts";

/** Those of attention itself. */
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
];

/** A case in every situation of attention; those of kvWrite too if some positions, and not too many, lie before. */
export function attentionChecks(kase: KernelCase): Check[] {
  const [, , name] = kase.id.split(".");
  const { pos } = kase.attrs;
  const ofKvWrite = pos >= 10 && pos < 100 ? KV_WRITE_SITUATIONS : [];
  return [...SITUATIONS, ...ofKvWrite].map((situation) => {
    const id = `t0.${situation.kernel}.${name}@${situation.name}`;
    return attentionCheck(kase, id, situation);
  });
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
