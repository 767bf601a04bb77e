/**
 * The instructions that the kernels use, under their names in the specification: `f32x4.add(a, b)` is f32x4.add.
 * Numbers are those of the WebAssembly specification (§5.4, "Instructions"), and for `relaxed` those of the
 * Relaxed SIMD proposal, which became part of WebAssembly 3.0.
 * @module
 */
import {
  type Address,
  asI32,
  type Effect,
  type Expression,
  type F32,
  type F64,
  type I32,
  instruction,
  memoryArgument,
  simd,
  type V128,
  type ValueType,
} from "./expression.ts";

/** An instruction with one operand; with two. */
export type Unary<A extends ValueType, R extends ValueType> = (a: Expression<A>) => Expression<R>;
export type Binary<A extends ValueType, R extends ValueType> = (
  a: Expression<A>,
  b: Expression<A>,
) => Expression<R>;
/** Arithmetic of i32, where a number stands for a constant. */
export type Integer = (a: I32, b: I32 | number) => I32;
/** Reads from `address` + `offset`; the offset is part of the instruction and costs nothing. */
export type Load<T extends ValueType> = (address: Address, offset?: number) => Expression<T>;
export type Store<T extends ValueType> = (
  address: Address,
  value: Expression<T>,
  offset?: number,
) => Effect;
/** On a whole vector. */
export type V = Unary<"v128", "v128">;
export type VV = Binary<"v128", "v128">;
export type VVV = (a: V128, b: V128, c: V128) => V128;
export type Shift = (a: V128, bits: I32 | number) => V128;
/** One lane of a vector. */
export type Lane<T extends ValueType> = (a: V128, index: number) => Expression<T>;
export type StoreLane = (address: Address, from: V128, index: number, offset?: number) => Effect;

const unary =
  <R extends ValueType>(type: R, opcode: readonly number[]) =>
  (a: Expression<ValueType>): Expression<R> =>
    instruction(type, opcode, [a]);
const binary =
  <R extends ValueType>(type: R, opcode: readonly number[]) =>
  (a: Expression<ValueType>, b: Expression<ValueType>): Expression<R> =>
    instruction(type, opcode, [a, b]);
const load =
  <T extends ValueType>(type: T, opcode: readonly number[]): Load<T> =>
  (address, offset = 0) =>
    instruction(type, [...opcode, ...memoryArgument(offset)], [asI32(address)]);
const store =
  <T extends ValueType>(opcode: readonly number[]): Store<T> =>
  (address, value, offset = 0) =>
    instruction("void", [...opcode, ...memoryArgument(offset)], [asI32(address), value]);
const integer =
  (opcode: number): Integer =>
  (a, b) =>
    instruction("i32", [opcode], [a, asI32(b)]);
const v = (number: number): V => unary("v128", simd(number));
const vv = (number: number): VV => binary("v128", simd(number));
const vvv =
  (number: number): VVV =>
  (a, b, c) =>
    instruction("v128", simd(number), [a, b, c]);
const shift =
  (number: number): Shift =>
  (a, bits) =>
    instruction("v128", simd(number), [a, asI32(bits)]);
const lane =
  <T extends ValueType>(type: T, number: number): Lane<T> =>
  (a, index) =>
    instruction(type, [...simd(number), index], [a]);
const storeLane =
  (number: number): StoreLane =>
  (address, from, index, offset = 0) => {
    const opcode = [...simd(number), ...memoryArgument(offset), index];
    return instruction("void", opcode, [asI32(address), from]);
  };

const bytesOf = (array: Float32Array | Float64Array | Uint8Array) => [
  ...new Uint8Array(array.buffer, array.byteOffset, array.byteLength),
];

export const i32 = {
  const: (value: number): I32 => asI32(value),
  load: load("i32", [0x28]) as Load<"i32">,
  load8_u: load("i32", [0x2d]) as Load<"i32">,
  load16_u: load("i32", [0x2f]) as Load<"i32">,
  store: store<"i32">([0x36]) as Store<"i32">,
  store8: store<"i32">([0x3a]) as Store<"i32">,
  store16: store<"i32">([0x3b]) as Store<"i32">,
  eq: integer(0x46) as Integer,
  ne: integer(0x47) as Integer,
  lt_u: integer(0x49) as Integer,
  gt_u: integer(0x4b) as Integer,
  add: integer(0x6a) as Integer,
  mul: integer(0x6c) as Integer,
  div_u: integer(0x6e) as Integer,
  rem_u: integer(0x70) as Integer,
  /** Zeros below the lowest one; 32 of 0. */
  ctz: unary("i32", [0x68]) as Unary<"i32", "i32">,
  and: integer(0x71) as Integer,
  or: integer(0x72) as Integer,
  shl: integer(0x74) as Integer,
  shr_u: integer(0x76) as Integer,
};

export const f32 = {
  const: (value: number): F32 => instruction("f32", [0x43, ...bytesOf(Float32Array.of(value))]),
  load: load("f32", [0x2a]) as Load<"f32">,
  store: store<"f32">([0x38]) as Store<"f32">,
  add: binary("f32", [0x92]) as Binary<"f32", "f32">,
  sub: binary("f32", [0x93]) as Binary<"f32", "f32">,
  mul: binary("f32", [0x94]) as Binary<"f32", "f32">,
  max: binary("f32", [0x97]) as Binary<"f32", "f32">,
  demote_f64: unary("f32", [0xb6]) as Unary<"f64", "f32">,
};

export const f64 = {
  const: (value: number): F64 => instruction("f64", [0x44, ...bytesOf(Float64Array.of(value))]),
  sqrt: unary("f64", [0x9f]) as Unary<"f64", "f64">,
  add: binary("f64", [0xa0]) as Binary<"f64", "f64">,
  div: binary("f64", [0xa3]) as Binary<"f64", "f64">,
  mul: binary("f64", [0xa2]) as Binary<"f64", "f64">,
  promote_f32: unary("f64", [0xbb]) as Unary<"f32", "f64">,
};

export const v128 = {
  load: load("v128", simd(0x00)) as Load<"v128">,
  load16x4_s: load("v128", simd(0x03)) as Load<"v128">,
  load16_splat: load("v128", simd(0x08)) as Load<"v128">,
  load32_splat: load("v128", simd(0x09)) as Load<"v128">,
  store: store<"v128">(simd(0x0b)) as Store<"v128">,
  /** Sixteen bytes, as they lie in memory. */
  const: (bytes: readonly number[]): V128 =>
    instruction("v128", [...simd(0x0c), ...bytesOf(Uint8Array.from(bytes))]),
  and: vv(0x4e) as VV,
  /** a & ~b. */
  andnot: vv(0x4f) as VV,
  or: vv(0x50) as VV,
  xor: vv(0x51) as VV,
  /** Bits of `a` where `mask` has ones, of `b` elsewhere. */
  bitselect: vvv(0x52) as VVV,
  any_true: unary("i32", simd(0x53)) as Unary<"v128", "i32">,
  store16_lane: storeLane(0x59) as StoreLane,
  store32_lane: storeLane(0x5a) as StoreLane,
  store64_lane: storeLane(0x5b) as StoreLane,
  load32_zero: load("v128", simd(0x5c)) as Load<"v128">,
  load64_zero: load("v128", simd(0x5d)) as Load<"v128">,
};

export const i8x16 = {
  splat: unary("v128", simd(0x0f)) as Unary<"i32", "v128">,
  /** Byte i of the result is byte `lanes[i]` of a, or, from 16 on, of b. */
  shuffle: (a: V128, b: V128, lanes: readonly number[]): V128 =>
    instruction("v128", [...simd(0x0d), ...lanes], [a, b]),
  swizzle: vv(0x0e) as VV,
  eq: vv(0x23) as VV,
  /** The top bit of each byte, that of byte 0 lowest. */
  bitmask: unary("i32", simd(0x64)) as Unary<"v128", "i32">,
  narrow_i16x8_s: vv(0x65) as VV,
  narrow_i16x8_u: vv(0x66) as VV,
};

export const i16x8 = {
  splat: unary("v128", simd(0x10)) as Unary<"i32", "v128">,
  eq: vv(0x2d) as VV,
  narrow_i32x4_s: vv(0x85) as VV,
  narrow_i32x4_u: vv(0x86) as VV,
  extend_low_i8x16_s: v(0x87) as V,
  extend_low_i8x16_u: v(0x89) as V,
  shl: shift(0x8b) as Shift,
  shr_u: shift(0x8d) as Shift,
  add: vv(0x8e) as VV,
};

export const i32x4 = {
  splat: unary("v128", simd(0x11)) as Unary<"i32", "v128">,
  extract_lane: lane("i32", 0x1b) as Lane<"i32">,
  eq: vv(0x37) as VV,
  lt_s: vv(0x39) as VV,
  gt_s: vv(0x3b) as VV,
  extend_low_i16x8_s: v(0xa7) as V,
  extend_low_i16x8_u: v(0xa9) as V,
  extend_high_i16x8_u: v(0xaa) as V,
  shl: shift(0xab) as Shift,
  shr_s: shift(0xac) as Shift,
  shr_u: shift(0xad) as Shift,
  add: vv(0xae) as VV,
  sub: vv(0xb1) as VV,
  max_s: vv(0xb8) as VV,
  /** Products of signed 16-bit lanes, neighbours added. */
  dot_i16x8_s: vv(0xba) as VV,
  trunc_sat_f32x4_s: v(0xf8) as V,
};

export const f32x4 = {
  splat: unary("v128", simd(0x13)) as Unary<"f32", "v128">,
  extract_lane: lane("f32", 0x1f) as Lane<"f32">,
  eq: vv(0x41) as VV,
  lt: vv(0x43) as VV,
  demote_f64x2_zero: v(0x5e) as V,
  nearest: v(0x6a) as V,
  abs: v(0xe0) as V,
  add: vv(0xe4) as VV,
  sub: vv(0xe5) as VV,
  mul: vv(0xe6) as VV,
  div: vv(0xe7) as VV,
  min: vv(0xe8) as VV,
  max: vv(0xe9) as VV,
  convert_i32x4_s: v(0xfa) as V,
};

export const f64x2 = {
  splat: unary("v128", simd(0x14)) as Unary<"f64", "v128">,
  extract_lane: lane("f64", 0x21) as Lane<"f64">,
  promote_low_f32x4: v(0x5f) as V,
  add: vv(0xf0) as VV,
  mul: vv(0xf2) as VV,
};

/** Instructions whose result may differ between processors, within what the specification lists. */
export const relaxed = {
  /** a · b + c, rounded once where the processor has a fused multiply-add. */
  f32x4_madd: vvv(0x105) as VVV,
  /** Products of signed bytes with bytes from 0 to 127, neighbours added: exact, as long as the sums fit 16 bits. */
  i16x8_dot_i8x16_i7x16_s: vv(0x112) as VV,
};
