/**
 * What the interface says of `read`.
 * @module
 */
import type { Check } from "../check.ts";
import { rowsOf } from "../lab.ts";
import { column, expectError, expectNumbers, expectUsable, named, rule } from "./rule.ts";

/** The checks of `read` that need no kernel. */
export function readChecks(): Check[] {
  return [
    rule(
      "t0.read.type",
      "read gives a Float64Array where info.precision is float64, else a Float32Array.",
      async (lab) => {
        const { precision } = lab.backend.info;
        const Type = precision === "float64" ? Float64Array : Float32Array;
        const got: unknown = await lab.read(column(lab, 1, 2), rowsOf(0, 2));
        if (got instanceof Type) return;
        const name = (got as object)?.constructor?.name;
        lab.fail(`a ${name} came, and info.precision says ${precision}: expected a ${Type.name}`);
      },
    ),
    rule("t0.read.rows", "read gives rows from … from + count − 1, row-major.", async (lab) => {
      const x = lab.put(Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8), 2);
      const got = await lab.read(x, rowsOf(1, 2));
      expectNumbers(lab, got, [3, 4, 5, 6], "of 4 rows, 2 rows from 1 are not those");
    }),
    rule("t0.read.nothing", "`count: 0` only waits.", async (lab) => {
      const got = await lab.read(column(lab, 1, 2), rowsOf(1, 0));
      expectNumbers(lab, got, [], "`count: 0` gave numbers");
    }),
    rule("t0.read.into", "A function without a dst ignores `into`.", async (lab) => {
      const got = await lab.read(column(lab, 1, 2, 3), rowsOf(1, 2, 0));
      expectNumbers(lab, got, [2, 3], "rows from 1, with an `into` of 0 that means nothing here");
    }),
    rule(
      "t0.read.copies",
      "read returns a copy, in an array that nobody else has.",
      async (lab) => {
        const x = column(lab, 1, 2);
        const [a, b] = [await lab.read(x), await lab.read(x)];
        if (a.buffer === b.buffer) lab.fail("two reads share one memory: expected copies");
        a.fill(7);
        expectNumbers(
          lab,
          await lab.read(x),
          [1, 2],
          "what the caller put into the array is in the tensor",
        );
        lab.backend.write(x.handle, Float32Array.of(5, 6));
        await lab.read(x);
        expectNumbers(lab, b, [1, 2], "a later write shows in what was read before");
      },
    ),
    rule(
      "t0.read.as-of-call",
      "The copy is recorded, as of the call: what is recorded later does not show in it.",
      async (lab) => {
        const x = column(lab, 1, 2);
        const reading = lab.read(x);
        lab.backend.write(x.handle, Float32Array.of(5, 6));
        expectNumbers(lab, await reading, [1, 2], "what was written after the call shows in it");
        expectNumbers(lab, await lab.read(x), [5, 6], "a write after a read is lost");
      },
    ),
    rule("t0.read.outstanding", "Any number of reads may be outstanding.", async (lab) => {
      const x = column(lab, 0, 0);
      const reads = Array.from({ length: 9 }, (_, i) => {
        lab.backend.write(x.handle, Float32Array.of(i, i + 1));
        return lab.read(x);
      });
      for (const i of [8, 3, 0, 7, 1, 2, 4, 5, 6]) {
        expectNumbers(lab, await reads[i], [i, i + 1], `of nine reads, number ${i} is another's`);
      }
    }),
    ...signalChecks(),
  ];
}

function signalChecks(): Check[] {
  const reason = new Error("enough");
  return [
    rule(
      "t0.read.signal-before",
      "When `signal` is aborted before it waits, read rejects with its reason.",
      async (lab) => {
        const x = column(lab, 1);
        const aborted = lab.backend.read(x.handle, rowsOf(0, 1), AbortSignal.abort(reason));
        const expected = "the reason of the signal";
        await expectError(
          lab,
          "read with an aborted signal",
          aborted,
          (e) => e === reason,
          expected,
        );
      },
    ),
    rule(
      "t0.read.signal-while",
      "When `signal` is aborted while it waits, read rejects with its reason.",
      async (lab) => {
        const x = column(lab, 1);
        const controller = new AbortController();
        const reading = lab.backend.read(x.handle, rowsOf(0, 1), controller.signal);
        controller.abort(reason);
        // It may have been through already: then it gives what it read.
        const got = await lab
          .settled("read with a signal that is aborted", reading)
          .catch((error) => {
            if (error === reason) return Float32Array.of(1);
            return lab.fail(
              `read rejected with ${named(error)}; expected the reason of the signal`,
            );
          });
        expectNumbers(lab, got, [1], "a read whose signal is aborted gave other numbers");
      },
    ),
    rule(
      "t0.read.signal-after",
      "After an abort all that was recorded before the previous read is done, and the backend stays usable.",
      async (lab) => {
        const [x, y] = [column(lab, 1, 2), column(lab, 8, 9)];
        const first = lab.read(x);
        lab.backend.write(y.handle, Float32Array.of(3, 4));
        await lab.backend.read(y.handle, rowsOf(0, 2), AbortSignal.abort(reason)).catch(() => {});
        expectNumbers(
          lab,
          await first,
          [1, 2],
          "the read before an aborted one gave other numbers",
        );
        await expectUsable(lab, "an aborted read");
      },
    ),
    rule("t0.read.signal-unused", "A signal that is not aborted changes nothing.", async (lab) => {
      const x = column(lab, 1, 2);
      const { signal } = new AbortController();
      const got = await lab.settled("read", lab.backend.read(x.handle, rowsOf(0, 2), signal));
      expectNumbers(lab, got, [1, 2], "a read with a signal gave other numbers");
    }),
  ];
}
