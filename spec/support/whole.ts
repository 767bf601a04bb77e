import { createHash } from "node:crypto";
import { expect } from "vitest";
import type { FileStream } from "../../src/source/file-stream.ts";
import type { RowSource } from "../../src/tensor/stored.ts";

/** The bytes of a stream, which has promised how many there are. */
export async function whole({ size, chunks }: FileStream): Promise<Uint8Array> {
  const bytes = new Uint8Array(size);
  let at = 0;
  for await (const chunk of chunks()) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  expect(at).toBe(size);
  return bytes;
}

/** Name → dtype, shape and a hash of the bytes: quick to compare, where bytes are not. */
export async function contents(
  tensors: ReadonlyMap<string, RowSource>,
): Promise<Map<string, string>> {
  const all = new Map<string, string>();
  for (const [name, { dtype, shape, rows }] of tensors) {
    const hash = createHash("sha256")
      .update(await rows(0, shape[0]))
      .digest("hex");
    all.set(name, `${dtype} [${shape}] ${hash}`);
  }
  return all;
}
