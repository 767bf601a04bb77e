import { describe, expect, it } from "vitest";
import { i32 } from "../../../../src/backend/wasm/asm/instructions.ts";
import { signed, unsigned } from "../../../../src/backend/wasm/asm/leb128.ts";
import { compiled } from "../../../support/wasm-module.ts";

describe("LEB128", () => {
  it.each([
    [0, [0]],
    [1, [1]],
    [127, [0x7f]],
    [128, [0x80, 0x01]],
    [624485, [0xe5, 0x8e, 0x26]], // the example of the DWARF standard
    [2 ** 14 - 1, [0xff, 0x7f]],
    [2 ** 14, [0x80, 0x80, 0x01]],
    [2 ** 31, [0x80, 0x80, 0x80, 0x80, 0x08]],
    [2 ** 32 - 1, [0xff, 0xff, 0xff, 0xff, 0x0f]],
  ])("writes %i without a sign", (value, bytes) => {
    expect(unsigned(value)).toEqual(bytes);
  });

  it.each([
    [0, [0]],
    [63, [0x3f]],
    [64, [0xc0, 0x00]], // in one byte, bit 6 would be the sign
    [-1, [0x7f]],
    [-64, [0x40]],
    [-65, [0xbf, 0x7f]],
    [-123456, [0xc0, 0xbb, 0x78]],
    [2 ** 31 - 1, [0xff, 0xff, 0xff, 0xff, 0x07]],
    [-(2 ** 31), [0x80, 0x80, 0x80, 0x80, 0x78]],
    [2 ** 32 - 1, [0x7f]], // the same 32 bits as −1
  ])("writes %i with a sign, and V8 reads it", (value, bytes) => {
    expect(signed(value)).toEqual(bytes);
    const { call } = compiled((module) => {
      module.export("value", {}, "i32", (f) => f.return(i32.const(value)));
    });
    expect(call("value")).toBe(value | 0);
  });
});
