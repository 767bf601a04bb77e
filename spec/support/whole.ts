import { expect } from "vitest";
import type { FileStream } from "../../src/source/file-stream.ts";

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
