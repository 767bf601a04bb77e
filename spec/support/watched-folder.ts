/**
 * Files in memory that count their uses, and let a test interfere: every `open`, `list` and `read` is a
 * point at which a disk can fail, or somebody press Ctrl-C.
 */
import { type ByteSource, bytesSource } from "../../src/source/byte-source.ts";
import type { Folder } from "../../src/source/folder.ts";
import type { Files } from "./files/small-checkpoint.ts";

/** A use of a file, just before it: `read model.safetensors`. */
export interface Point {
  readonly what: "open" | "list" | "read";
  readonly file: string;
}

export interface Watch {
  /** Points so far. */
  readonly points: readonly Point[];
  /** Files opened and not closed yet, by name. */
  readonly open: readonly string[];
  readonly folder: Folder;
  /** The source of one of the files, open. */
  source(file: string): ByteSource;
}

/**
 * @param before is called, and waited for, before the n-th point, from 1. An error that it throws is the
 * disk's; bytes that it gives are read instead of the file's.
 */
export function watch(
  files: Files,
  before: (n: number, point: Point) => unknown = () => {},
): Watch {
  const points: Point[] = [];
  const open: string[] = [];
  async function pass(point: Point): Promise<unknown> {
    points.push(point);
    const n = points.length;
    await undefined; // a disk takes its time
    return before(n, point);
  }
  function source(file: string): ByteSource {
    const inner = bytesSource(files[file], file);
    let isOpen = true;
    open.push(file);
    return {
      name: inner.name,
      size: inner.size,
      async read(begin, end, signal) {
        if (!isOpen) throw new Error(`${file} was read after it had been closed`);
        signal?.throwIfAborted();
        const instead = await pass({ what: "read", file });
        return instead instanceof Uint8Array ? instead : inner.read(begin, end); // not stopped midway
      },
      async close() {
        if (!isOpen) throw new Error(`${file} was closed twice`);
        isOpen = false;
        open.splice(open.indexOf(file), 1);
      },
    };
  }
  const folder: Folder = {
    name: "m",
    async open(file) {
      await pass({ what: "open", file });
      return Object.hasOwn(files, file) ? source(file) : undefined;
    },
    async list() {
      await pass({ what: "list", file: "m" });
      return Object.keys(files).sort();
    },
  };
  return { points, open, folder, source };
}

/** Fails loudly where a promise never settles, instead of with the runner's time limit. */
export function settled<T>(promise: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    let ticks = 0; // and no clock, which goes on while a loaded machine does something else
    const timer = setInterval(() => {
      if (++ticks === 1000) reject(new Error("it hangs"));
    }, 10);
    promise.then(resolve, reject).finally(() => clearInterval(timer));
  });
}
