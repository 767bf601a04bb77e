import { createHash } from "node:crypto";
import type { RowSource } from "../../src/tensor/stored.ts";

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
