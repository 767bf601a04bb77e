/**
 * What the interface says of recording: the order of calls is the order of effect, and arrays are the caller's again
 * as soon as a call returns.
 * @module
 */

import { tensor } from "../../../tensor/tensor.ts";
import type { Check } from "../check.ts";
import { withoutIt } from "../failure.ts";
import { firstType } from "../kernels/row-situations.ts";
import { type Lab, type LabTensor, rowsOf, spansOf } from "../lab.ts";
import { encoded, sourceOf } from "../weight-source.ts";
import { column, expectNumbers, rule } from "./rule.ts";

/** A table whose row i holds 10·(i + 1). */
async function tens(lab: Lab): Promise<unknown> {
  const table = tensor(Float32Array.of(10, 20, 30, 40), [4, 1]);
  return lab.weight(sourceOf(encoded(table, firstType(lab)), { name: "table" }));
}

/** Ids that are looked up in that table. */
export function idsChecks(): Check[] {
  const kernel = "embed";
  return [
    rule(
      "t0.setIds.reused",
      "The array may be reused as soon as setIds returns.",
      async (lab) => {
        const [table, ids, x] = [await tens(lab), lab.ids([0, 0]), column(lab, 0, 0)];
        const mine = [1, 3];
        lab.backend.setIds(ids, mine);
        mine.fill(0);
        lab.ops.embed(x.handle, table, ids, rowsOf(0, 2), 1);
        expectNumbers(
          lab,
          await lab.read(x),
          [20, 40],
          "what the caller did to the array later shows",
        );
      },
      { kernel },
    ),
    rule(
      "t0.setIds.first",
      "setIds sets the first ids, as many as are given.",
      async (lab) => {
        const [table, ids, x] = [await tens(lab), lab.ids([0, 1, 2, 3]), column(lab, 0, 0, 0, 0)];
        lab.backend.setIds(ids, Int32Array.of(3, 2));
        lab.ops.embed(x.handle, table, ids, rowsOf(0, 4), 1);
        expectNumbers(lab, await lab.read(x), [40, 30, 30, 40], "two of four ids were set");
      },
      { kernel },
    ),
    rule(
      "t0.setIds.recorded",
      "setIds is recorded among the kernels: those before it see the ids before it.",
      async (lab) => {
        const [table, ids] = [await tens(lab), lab.ids([0, 1])];
        const [a, b] = [column(lab, 0, 0), column(lab, 0, 0)];
        lab.ops.embed(a.handle, table, ids, rowsOf(0, 2), 1);
        lab.backend.setIds(ids, [2, 3]);
        lab.ops.embed(b.handle, table, ids, rowsOf(0, 2), 1);
        const [before, after] = await Promise.all([lab.read(a), lab.read(b)]);
        expectNumbers(lab, before, [10, 20], "embed, recorded before setIds");
        expectNumbers(lab, after, [30, 40], "embed, recorded after setIds");
      },
      { kernel },
    ),
  ];
}

/** Numbers that pass through several kernels before anything is read. */
export function orderChecks(): Check[] {
  return [
    rule(
      "t0.record.order",
      "Order of recording is order of effect, of kernels and of write.",
      async (lab) => {
        const both = rowsOf(0, 2);
        const [x, y, z] = [column(lab, 1, 2), column(lab, 0, 0), column(lab, 0, 0)];
        lab.ops.add(y.handle, x.handle, x.handle, both); // 2, 4
        lab.backend.write(x.handle, Float32Array.of(10, 20));
        lab.ops.add(z.handle, x.handle, y.handle, both); // 12, 24
        lab.ops.add(x.handle, x.handle, z.handle, both); // 22, 44
        lab.backend.write(z.handle, Float32Array.of(5, 6));
        const [a, b, c] = await Promise.all([lab.read(x), lab.read(y), lab.read(z)]);
        expectNumbers(lab, b, [2, 4], "x + x, and then another x");
        expectNumbers(lab, a, [22, 44], "x + (x + y)");
        expectNumbers(lab, c, [5, 6], "a write after a kernel");
      },
      { where: "add and write, recorded one after another", kernel: "add" },
    ),
    rule(
      "t0.record.unread",
      "read sees everything recorded before it, however much that is.",
      async (lab) => {
        const [x, one] = [column(lab, 0), column(lab, 1)];
        for (let i = 0; i < 200; i++) lab.ops.add(x.handle, x.handle, one.handle, rowsOf(0, 1));
        expectNumbers(lab, await lab.read(x), [200], "1 added 200 times before a read");
      },
      { where: "add, 200 times before a read", kernel: "add" },
    ),
  ];
}

const HEADS = { heads: 1, kvHeads: 1, headDim: 2 };

/** Caches: what is written to them later, and what they hold when they grow. */
export function cacheChecks(): Check[] {
  const kernel = "kvWrite";
  return [
    rule(
      "t0.kvWrite.recorded",
      "kvWrite is recorded: attention before it sees what the cache held before it.",
      async (lab) => {
        const kv = lab.kv(HEADS, 4);
        const [a, b] = [blank(lab), blank(lab)];
        look(lab, a, kv, 0, [1, 2]);
        look(lab, b, kv, 0, [3, 4]);
        const [first, second] = await Promise.all([lab.read(a), lab.read(b)]);
        expectNumbers(lab, first, [1, 2], "attention, recorded before a second kvWrite");
        expectNumbers(lab, second, [3, 4], "attention, recorded after it");
      },
      { kernel },
    ),
    rule(
      "t0.kvWrite.copies",
      "kvWrite copies: k and v may hold others afterwards.",
      async (lab) => {
        const kv = lab.kv(HEADS, 2);
        const [zero, value, dst] = [blank(lab), lab.put(Float32Array.of(3, 5), 2, "v"), blank(lab)];
        const spans = spansOf({ from: 0, count: 1, pos: 0, kv });
        lab.ops.kvWrite(0, zero.handle, value.handle, spans);
        lab.backend.write(value.handle, Float32Array.of(8, 8));
        lab.ops.attention(dst.handle, zero.handle, 0, spans, 1);
        const otherwise = "what is written to k and v afterwards shows in the cache";
        expectNumbers(lab, await lab.read(dst), [3, 5], otherwise);
      },
      { kernel },
    ),
    rule(
      "t0.reserve.keeps",
      "reserve makes room for positions, and keeps what is there.",
      async (lab) => {
        const { backend } = lab;
        if (!backend.reserve)
          throw withoutIt("reserve", "a backend without it: caches have their whole size at once");
        const kv = lab.kv(HEADS, 2);
        const [a, b, c] = [blank(lab), blank(lab), blank(lab)];
        look(lab, a, kv, 0, [8, 2]);
        backend.reserve(kv, { positions: 70 });
        backend.reserve(kv, { positions: 70 }); // it may come again for as many
        look(lab, b, kv, 1, [2, 6]); // the mean of both positions
        look(lab, c, kv, 69, [5, 1]);
        const [first, second] = await Promise.all([lab.read(a), lab.read(b), lab.read(c)]);
        expectNumbers(lab, first, [8, 2], "before it grew");
        expectNumbers(lab, second, [5, 4], "a position behind one that was there before");
      },
      { kernel },
    ),
  ];
}

function blank(lab: Lab): LabTensor {
  return lab.put(new Float32Array(2), 2, "dst");
}

/** Writes `v` at `pos`, with a key of zero, and looks at it: the mean of the values so far. */
function look(lab: Lab, dst: LabTensor, kv: unknown, pos: number, v: readonly number[]): void {
  const [zero, value] = [blank(lab), lab.put(Float32Array.from(v), 2, "v")];
  const spans = spansOf({ from: 0, count: 1, pos, kv });
  lab.ops.kvWrite(0, zero.handle, value.handle, spans);
  lab.ops.attention(dst.handle, zero.handle, 0, spans, 1);
}
