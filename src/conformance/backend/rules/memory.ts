/**
 * What the interface says of memory: tensors, what is written to them, and what becomes of them.
 * @module
 */

import { ArgumentError, type GemmaError } from "../../../errors.ts";
import { assertBackendInfo } from "../../../model/check-backend.ts";
import type { Check } from "../check.ts";
import { configOf, type Lab, rowsOf } from "../lab.ts";
import { column, expectError, expectNumbers, expectUsable, named, rule } from "./rule.ts";

/** The checks that come first: without these no other means anything. */
export function memoryChecks(): Check[] {
  return [
    rule("t0.info.sense", "info says what backend.ts describes.", async (lab) => {
      try {
        assertBackendInfo(lab.backend);
      } catch (error) {
        const { argument, expected, got } = error as GemmaError;
        lab.fail(`${argument} is ${got}: expected ${expected}`);
      }
    }),
    rule(
      "t0.alloc.rows",
      "A tensor has room for its rows and columns, beside others.",
      async (lab) => {
        const tensors = [1, 2, 3].map((seed) =>
          lab.put(
            Float32Array.from({ length: 9 * 5 }, (_, i) => ((i * seed) % 97) + seed),
            5,
          ),
        );
        for (const [i, x] of tensors.entries()) {
          const wanted = Array.from({ length: 45 }, (_, j) => ((j * (i + 1)) % 97) + i + 1);
          const got = await lab.read(x);
          expectNumbers(
            lab,
            got,
            wanted,
            `tensor ${i} of three [9, 5] does not hold what was written`,
          );
        }
      },
    ),
    rule("t0.write.rows", "write sets the first rows, whole rows, and no others.", async (lab) => {
      const x = lab.put(Float32Array.of(1, 2, 3, 4, 5, 6), 2);
      lab.backend.write(x.handle, Float32Array.of(7, 8));
      expectNumbers(lab, await lab.read(x), [7, 8, 3, 4, 5, 6], "writing one row of three");
    }),
    rule("t0.write.view", "write takes numbers from any part of a memory.", async (lab) => {
      const x = column(lab, 0, 0);
      lab.backend.write(x.handle, Float32Array.of(9, 9, 1, 2, 9).subarray(2, 4));
      expectNumbers(lab, await lab.read(x), [1, 2], "a view that begins behind others");
    }),
    rule("t0.write.float64", "write converts to what the backend stores.", async (lab) => {
      const x = column(lab, 0, 0);
      lab.backend.write(x.handle, Float64Array.of(3, 0.5));
      expectNumbers(lab, await lab.read(x), [3, 0.5], "numbers in a Float64Array");
    }),
    rule("t0.write.reused", "The array may be reused as soon as write returns.", async (lab) => {
      const [x, mine] = [column(lab, 0, 0), Float32Array.of(1, 2)];
      lab.backend.write(x.handle, mine);
      mine.fill(9);
      expectNumbers(lab, await lab.read(x), [1, 2], "what the caller did to the array later shows");
    }),
  ];
}

/** A thing far too large for any memory. */
const HUGE = 2 ** 40;

/** The checks of what ends: no room, handles that are freed, a backend that is disposed. */
export function endChecks(): Check[] {
  return [
    noRoom("alloc", (lab) => lab.backend.alloc("far too large", HUGE, 1024)),
    noRoom("allocIds", (lab) => lab.backend.allocIds(HUGE)),
    noRoom("createKV", (lab) => {
      const config = configOf({ heads: 2, kvHeads: 1, headDim: 8 });
      return lab.backend.createKV(config, { positions: HUGE });
    }),
    rule("t0.free.kinds", "Each handle is freed once, and the backend goes on.", async (lab) => {
      const { backend } = lab;
      backend.free("tensor", backend.alloc("x", 2, 3));
      backend.free("ids", backend.allocIds(3));
      const config = configOf({ heads: 2, kvHeads: 1, headDim: 8 });
      backend.free("kv", backend.createKV(config, { positions: 4 }));
      await expectUsable(lab, "freeing a tensor, ids and a cache");
    }),
    rule(
      "t0.free.after-use",
      "A handle is freed once the work recorded up to now is done with it.",
      async (lab) => {
        const { backend } = lab;
        const [x, y] = [1, 2].map((value) => {
          const handle = backend.alloc("x", 2, 1);
          backend.write(handle, Float32Array.of(value, value));
          return handle;
        });
        const dst = column(lab, 0, 0);
        lab.ops.add(dst.handle, x, y, rowsOf(0, 2));
        backend.free("tensor", x);
        backend.free("tensor", y);
        // They may get the memory that has just become free.
        for (let i = 0; i < 4; i++) column(lab, 50, 60);
        expectNumbers(lab, await lab.read(dst), [3, 3], "sources that were freed after the kernel");
      },
      { kernel: "add" },
    ),
    rule("t0.dispose.read", "After dispose, read rejects with an ArgumentError.", async (lab) => {
      const other = await lab.setting.makeBackend();
      const x = other.alloc("x", 1, 1);
      other.write(x, Float32Array.of(1));
      other.dispose();
      const reading = callOf(() => other.read(x, rowsOf(0, 1)));
      await expectError(lab, "read after dispose", reading, isArgumentError, "an ArgumentError");
    }),
    rule(
      "t0.dispose.waiting",
      "A read that waits when the backend is disposed rejects too.",
      async (lab) => {
        const other = await lab.setting.makeBackend();
        const x = other.alloc("x", 1, 1);
        other.write(x, Float32Array.of(1));
        const reading = other.read(x, rowsOf(0, 1));
        other.dispose();
        // It may have been through already.
        await lab
          .settled("a read that waited when the backend was disposed", reading)
          .catch((error) => {
            if (isArgumentError(error)) return;
            lab.fail(`read rejected with ${named(error)}; expected an ArgumentError`);
          });
      },
    ),
    rule("t0.dispose.others", "Disposing a backend leaves others alone.", async (lab) => {
      const other = await lab.setting.makeBackend();
      other.dispose();
      await expectUsable(lab, "disposing another");
    }),
    rule("t0.lost.promise", "`lost` is a promise, or left out.", async ({ backend, fail }) => {
      if (backend.lost === undefined || typeof backend.lost.then === "function") return;
      fail(`lost is ${typeof backend.lost}`);
    }),
  ];
}

function isArgumentError(error: unknown): boolean {
  return error instanceof ArgumentError || (error as Error)?.name === "ArgumentError";
}

/** The promise of a call that may also throw at once. */
async function callOf<T>(call: () => Promise<T>): Promise<T> {
  return call();
}

function noRoom(op: "alloc" | "allocIds" | "createKV", ask: (lab: Lab) => unknown): Check {
  const note = "Where there is no memory left, a BackendError of kind memory is thrown.";
  return rule(`t0.${op}.no-room`, note, async (lab) => {
    let error: unknown;
    try {
      ask(lab);
    } catch (thrown) {
      error = thrown;
    }
    if (error === undefined)
      lab.fail("room for 2^40 was given; expected a BackendError of kind memory");
    const { name, kind } = error as Error & { kind?: string };
    if (name !== "BackendError" || kind !== "memory") {
      lab.fail(`no room: threw ${named(error)}; expected a BackendError of kind memory`);
    }
    if (op === "alloc" && !String((error as Error).message).includes("far too large")) {
      lab.fail(`no room: the message lacks the label: ${(error as Error).message}`);
    }
    await expectUsable(lab, "a tensor that there was no room for");
  });
}
