/**
 * A backend that behaves as one on a GPU may: nothing is computed before it is read, weights are asked for when they
 * are first needed, the last of them first, and what goes wrong shows in `read`. It computes with the naive one.
 */
import { type NaiveHandles, naiveBackend } from "../../docs/examples/naive-backend.ts";
import type { Backend, Handles, KernelName, Ops } from "../../src/backend/backend.ts";
import { disposed } from "../../src/errors.ts";
import { anyWeight } from "./any-weight.ts";

type Weight = NaiveHandles["weight"];

export interface DeferredHandles extends Handles {
  tensor: NaiveHandles["tensor"];
  /** Filled in when it has arrived. */
  weight: { value: Weight | undefined; error: unknown };
  kv: NaiveHandles["kv"];
  ids: NaiveHandles["ids"];
}

const gone = () => disposed("read", "backend", "make a new one");

/** A backend that computes when it is read. */
export function deferredBackend(): Backend<DeferredHandles> {
  const naive = naiveBackend();
  let isGone = false;
  let recorded: (() => void)[] = [];
  /** Uploads that have not been asked for, the latest last. */
  const waiting: (() => Promise<void>)[] = [];
  let working: Promise<unknown> = Promise.resolve();

  const now = ({ value, error }: DeferredHandles["weight"]): Weight => {
    if (value) return value;
    throw error;
  };
  const later =
    <Args extends readonly unknown[]>(work: (...args: Args) => void) =>
    (...args: Args) => {
      recorded.push(() => work(...args));
    };
  const ops: Ops<DeferredHandles> = {
    ...(Object.fromEntries(
      Object.entries(naive.ops).map(([name, kernel]) => [name as KernelName, later(kernel)]),
    ) as unknown as Ops<DeferredHandles>),
    embed: later((dst, table, ids, rows, scale) =>
      naive.ops.embed(dst, now(table), ids, rows, scale),
    ),
    rmsNorm: later((dst, x, weight, rows, eps) =>
      naive.ops.rmsNorm(dst, x, now(weight), rows, eps),
    ),
    matmul: later((dst, x, weight, rows) => naive.ops.matmul(dst, x, now(weight), rows)),
  };

  return {
    info: { name: "deferred", precision: "float32", maxRows: 24 },
    ops,
    alloc: naive.alloc,
    allocIds: naive.allocIds,
    createKV: naive.createKV,
    reserve: later((kv, { positions }) => {
      for (const some of [kv.keys, kv.values]) {
        for (const [layer, old] of some.entries()) {
          const grown = new Float32Array(Math.max(old.length, positions * kv.K * kv.H));
          grown.set(old);
          some[layer] = grown;
        }
      }
    }),
    copyKV: later((dst, src, count) => {
      for (const part of ["keys", "values"] as const) {
        for (const [layer, from] of src[part].entries()) {
          dst[part][layer].set(from.subarray(0, count * src.K * src.H));
        }
      }
    }),
    async upload(source, signal) {
      return { value: await anyWeight(source, signal), error: undefined };
    },
    uploadLater(source, signal) {
      const weight: DeferredHandles["weight"] = { value: undefined, error: undefined };
      const arrived = new Promise<void>((resolve, reject) => {
        const ask = () =>
          anyWeight(source, signal).then(
            (value) => {
              weight.value = value;
              resolve();
            },
            (error) => {
              weight.error = error;
              reject(error);
            },
          );
        waiting.push(ask);
        // A weight that nobody uses arrives too, if late.
        setTimeout(() => waiting.includes(ask) && waiting.splice(waiting.indexOf(ask), 1)[0](), 20);
      });
      arrived.catch(() => {}); // a read that waits for it says so
      return { weight, arrived };
    },
    setIds(dst, ids) {
      const copy = Array.from(ids);
      recorded.push(() => naive.setIds(dst, copy));
    },
    write(dst, data) {
      const copy = data.slice();
      recorded.push(() => naive.write(dst, copy));
    },
    async read(src, { from, count }, signal) {
      if (isGone) throw gone();
      const [work, uploads] = [recorded, waiting.splice(0)];
      recorded = [];
      const reading = working.then(async () => {
        signal?.throwIfAborted();
        while (uploads.length > 0) await uploads.pop()?.();
        if (isGone) throw gone();
        for (const one of work) one();
        return src.data.slice(from * src.columns, (from + count) * src.columns);
      });
      working = reading.catch(() => {});
      const values = await reading;
      signal?.throwIfAborted();
      return values;
    },
    free() {},
    dispose() {
      isGone = true;
    },
  };
}
