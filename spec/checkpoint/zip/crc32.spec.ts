import { crc32 as zlib } from "node:zlib";
import fc from "fast-check";
import { expect, it } from "vitest";
import { crc32 } from "../../../src/checkpoint/zip/crc32.ts";

it("has the check value of CRC-32/ISO-HDLC", () => {
  expect(crc32(new TextEncoder().encode("123456789"))).toBe(0xcbf43926);
});

it("is zlib's, in one piece and in two, wherever the bytes lie in their buffer", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), fc.nat(40), fc.nat(7), (bytes, at, shift) => {
      const shifted = new Uint8Array(bytes.length + shift).subarray(shift);
      shifted.set(bytes);
      expect(crc32(shifted)).toBe(zlib(bytes));
      expect(crc32(shifted.subarray(at), crc32(shifted.subarray(0, at)))).toBe(zlib(bytes));
    }),
  );
});
