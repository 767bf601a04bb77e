/**
 * What the interface says of recording: the order of calls is the order of effect, and arrays are the caller's again
 * as soon as a call returns.
 * @module
 */

import { tensor } from "../../../tensor/tensor.ts";
import type { Check } from "../check.ts";
import { firstType } from "../kernels/row-situations.ts";
import { type Lab, rowsOf } from "../lab.ts";
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
