/**
 * `toEqual` walks an array element by element through all that it knows, at a microsecond each: of
 * logits it takes longer than computing them. What is equal to the bit is equal; of all else vitest
 * decides, and tells.
 */
import { expect } from "vitest";

/** Vitest runs this before each file, and keeps testers as long as the process. */
const ADDED = Symbol.for("gemma-reference: quick equality");
if (!Object.hasOwn(globalThis, ADDED)) {
  Object.defineProperty(globalThis, ADDED, { value: true });
  expect.addEqualityTesters([equalToTheBit]);
}

function equalToTheBit(a: unknown, b: unknown): true | undefined {
  if (ArrayBuffer.isView(a) && ArrayBuffer.isView(b)) {
    const isSame = a.constructor === b.constructor && Buffer.compare(bytes(a), bytes(b)) === 0;
    return isSame || undefined;
  }
  if (!Array.isArray(a) || !Array.isArray(b)) return undefined;
  if (a.length !== b.length || a.constructor !== b.constructor) return undefined;
  for (let i = 0; i < a.length; i++) {
    if (typeof a[i] !== "number" || !Object.is(a[i], b[i])) return undefined;
  }
  return true;
}

function bytes({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
