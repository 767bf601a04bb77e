/**
 * Typed expressions: the bytes that leave one value on WebAssembly's stack, with its type known to the compiler.
 *
 * An expression is code, not a value: used twice, it is computed twice. A value that is needed again goes into a
 * local (`let` of function.ts).
 * @module
 */
import { signed, unsigned } from "./leb128.ts";

/** The types of values that the kernels use. */
export type ValueType = "i32" | "f32" | "f64" | "v128";

/** Code that leaves a value of type `T` on the stack; of `void`, none. */
export interface Expression<T extends ValueType | "void"> {
  readonly type: T;
  readonly code: readonly number[];
}

export type I32 = Expression<"i32">;
export type F32 = Expression<"f32">;
export type F64 = Expression<"f64">;
export type V128 = Expression<"v128">;
export type Effect = Expression<"void">;

/** An address, or a number that is one: constants need no wrapping. */
export type Address = I32 | number;

/** An instruction: the code of its operands in order, then its own bytes. */
export function instruction<T extends ValueType | "void">(
  type: T,
  opcode: readonly number[],
  operands: readonly Expression<ValueType>[] = [],
): Expression<T> {
  return { type, code: joined([...operands.map(({ code }) => code), opcode]) };
}

/** Bytes one behind the other. `concat` copies stretches, where spreading goes byte by byte: kernels are made at start. */
export function joined(parts: readonly (readonly number[])[]): number[] {
  return ([] as number[]).concat(...parts);
}

/** An i32 constant where a number stands for one. */
export function asI32(value: I32 | number): I32 {
  return typeof value === "number" ? instruction("i32", [0x41, ...signed(value)]) : value;
}

/** The opcode of a SIMD instruction: the prefix 0xfd and its number. */
export function simd(number: number): number[] {
  return [0xfd, ...unsigned(number)];
}

/**
 * Alignment and offset of an access to memory. All are said to be aligned to a byte only: it is a hint that
 * processors with SIMD do not need, and a wrong one is allowed but slow.
 */
export function memoryArgument(offset: number): number[] {
  return [0, ...unsigned(offset)];
}
