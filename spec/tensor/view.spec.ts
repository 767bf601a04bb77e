/** Views without a compiler, held against ndarray's own: any shape, any chain of methods. */
import fc from "fast-check";
import ndarray from "ndarray";
import { describe, expect, it } from "vitest";
import { plainView } from "../../src/tensor/view.ts";
import { RUNS } from "../support/fuzz.ts";

type View = ReturnType<typeof plainView>;
const METHODS = ["hi", "lo", "step", "transpose", "pick"] as const;

/** A method and its arguments, for a view of any number of axes. */
interface Call {
  readonly method: (typeof METHODS)[number];
  /** One an axis, as a share of it or as it is. */
  readonly shares: readonly number[];
  readonly odd: readonly (number | null | undefined)[];
  readonly isOdd: boolean;
}

const axes = { minLength: 8, maxLength: 8 };
const call: fc.Arbitrary<Call> = fc.record({
  method: fc.constantFrom(...METHODS),
  shares: fc.array(fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }), axes),
  odd: fc.array(fc.constantFrom(undefined, null, -1, -2, 0, 1, 2, 1.5, 3), axes),
  isOdd: fc.boolean(),
});

const shapes = fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 8 });

/** Arguments that fit the shape, or whatever a caller may think of. */
function argumentsOf({ method, shares, odd, isOdd }: Call, shape: readonly number[]) {
  const share = (axis: number, n: number) => Math.floor(shares[axis] * n);
  switch (method) {
    case "transpose": {
      const order = [...shape.keys()].sort((a, b) => shares[a] - shares[b]);
      return isOdd ? order.map((axis, i) => (i % 2 === 0 ? axis : undefined)) : order;
    }
    case "pick":
      return shape.map((n, axis) => (shares[axis] < 0.5 || n === 0 ? null : share(axis, n)));
    case "step":
      return shape.map((_, axis) => (isOdd ? (odd[axis] ?? undefined) : share(axis, 6) - 3 || 1));
    default:
      return shape.map((n, axis) => (isOdd ? odd[axis] : share(axis, n + 1)));
  }
}

/** The indices of some elements, the first and the last among them. */
function* indices(shape: readonly number[], salt: number) {
  yield shape.map(() => 0);
  yield shape.map((n) => n - 1);
  for (let i = 0; i < 3; i++) yield shape.map((n, axis) => (salt + i * 7 + axis * 3) % (n + 1));
}

function expectSame(own: View, theirs: View): void {
  const plain = ({ data, shape, stride, offset, dtype, size, dimension }: View) => ({
    ...{ data, shape, stride, dtype, size, dimension },
    offset: offset ?? 0, // ndarray's nothing has none
  });
  expect(plain(own)).toEqual(plain(theirs));
  // Of equal strides either may be the first.
  const reach = ({ order, stride }: View) => order.map((axis) => Math.abs(stride[axis]));
  expect(reach(own)).toEqual(reach(theirs));
  expect([...own.order].sort()).toEqual([...theirs.order].sort());
  if (new Set(theirs.stride.map(Math.abs)).size === theirs.dimension) {
    expect(own.order).toEqual(theirs.order);
  }
  for (const at of indices(theirs.shape, theirs.offset)) {
    expect(own.index(...at)).toBe(theirs.index(...at));
    expect(own.get(...at)).toBe(theirs.get(...at));
  }
}

describe("a view without a compiler", () => {
  it("is ndarray's, after any chain of methods, and writes where that writes", () => {
    const types = fc.constantFrom(Float32Array, Float64Array);
    const property = fc.property(
      ...([shapes, types, fc.array(call, { maxLength: 5 }), fc.nat(9)] as const),
      (shape, Type, calls, offset) => {
        const size = shape.reduce((product, n) => product * n, 1);
        const fill = () =>
          (Type as Float64ArrayConstructor).from({ length: size + offset }, (_, i) => i + 0.5);
        const stride = shape.map((_, axis) => shape.slice(axis + 1).reduce((a, b) => a * b, 1));
        let own = plainView(fill(), shape, stride, offset);
        let theirs = ndarray(fill(), shape, stride, offset) as View;
        expectSame(own, theirs);
        for (const one of calls) {
          const args = argumentsOf(one, theirs.shape) as number[];
          own = own[one.method](...args);
          theirs = theirs[one.method](...args);
          if (theirs === null) {
            expect(own).toBe(null); // what is picked from nothing
            return;
          }
          expectSame(own, theirs);
          for (const at of indices(theirs.shape, 1)) {
            if (at.some((i, axis) => i < 0 || i >= theirs.shape[axis])) continue;
            expect(own.set(...at, 7)).toBe(theirs.set(...at, 7));
          }
          expect(own.data).toEqual(theirs.data);
        }
      },
    );
    fc.assert(property, { numRuns: RUNS });
  });

  it("is ndarray's with strides of any kind: backwards, repeated, beyond the data", () => {
    const stride = fc.array(fc.integer({ min: -20, max: 20 }), axes);
    const property = fc.property(
      shapes,
      stride,
      fc.nat(30),
      call,
      (shape, strides, offset, one) => {
        const data = Float32Array.from({ length: 40 }, (_, i) => i);
        const cut = strides.slice(0, shape.length);
        const own = plainView(data, shape, cut, offset);
        const theirs = ndarray(data, shape, cut, offset) as View;
        expectSame(own, theirs);
        const args = argumentsOf(one, shape) as number[];
        expectSame(own[one.method](...args), theirs[one.method](...args));
      },
    );
    fc.assert(property, { numRuns: RUNS });
  });

  it("is a number without axes, and nothing once that is picked from", () => {
    for (const make of [plainView, ndarray as typeof plainView]) {
      const scalar = make(Float64Array.of(1, 2, 3), [], [], 2);
      expect([Number(scalar), scalar.get(), scalar.index(), scalar.size]).toEqual([3, 3, 2, 1]);
      expect(scalar.set(5)).toBe(5);
      expect([scalar.hi().get(), scalar.transpose().get()]).toEqual([5, 5]);
      const { dimension, size, shape, stride, order } = scalar.pick();
      expect({ dimension, size, shape, stride, order }).toEqual({
        ...{ dimension: -1, size: 0, shape: [], stride: [], order: [] },
      });
      expect([scalar.pick().index(), scalar.pick().get()]).toEqual([-1, undefined]);
    }
  });

  it("keeps the shape and the stride that it is given to itself", () => {
    const shape = [2, 3];
    const view = plainView(new Float32Array(6), shape, [3, 1], 0);
    view.hi(1, 1).shape[0] = 9;
    view.pick(0, null).stride[0] = 9;
    shape[0] = 9;
    expect([view.shape, view.stride]).toEqual([
      [2, 3],
      [3, 1],
    ]);
  });
});
