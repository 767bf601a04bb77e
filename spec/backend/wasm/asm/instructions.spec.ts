/** Every instruction, assembled into a function, run, and held against JavaScript. */
import { describe, expect, it } from "vitest";
import type {
  Effect,
  Expression,
  I32,
  V128,
  ValueType,
} from "../../../../src/backend/wasm/asm/expression.ts";
import * as instructions from "../../../../src/backend/wasm/asm/instructions.ts";
import { f32, i32, relaxed, v128 } from "../../../../src/backend/wasm/asm/instructions.ts";
import { simdOfThisMachine } from "../../../../src/backend/wasm/machine.ts";
import { xoshiro128 } from "../../../../src/random.ts";
import { compiled } from "../../../support/wasm-module.ts";

/** Operands begin at these addresses; the result goes to OUT. */
const [A, B, C, OUT] = [0, 16, 32, 64];

/** One instruction: how it is called, and what lies at OUT afterwards, given the 64 bytes of operands. */
interface Case {
  build(instruction: never): Effect;
  truth(bytes: Uint8Array): Numbers;
}
type Numbers =
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | Float32Array
  | Float64Array;
interface Lanes {
  readonly BYTES_PER_ELEMENT: number;
  new (buffer: ArrayBufferLike, at: number, length: number): Numbers;
  new (length: number): Numbers;
  from(values: ArrayLike<number>): Numbers;
}
type Call = (...operands: readonly unknown[]) => Expression<ValueType>;

const [i8, u8, i16, u16, s32, u32, float, double] = [
  Int8Array,
  Uint8Array,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  Float32Array,
  Float64Array,
] as unknown as Lanes[];

const lanesAt = (Type: Lanes, bytes: Uint8Array, at: number, length?: number): Numbers =>
  new Type(bytes.buffer, at, length ?? 16 / Type.BYTES_PER_ELEMENT);
const storeScalar = { i32: i32.store, f32: f32.store } as const;
const loadScalar = { i32: i32.load, f32: f32.load } as const;
type Scalar = keyof typeof loadScalar;
const typeOf = { i32: s32, f32: float } as const;

/** Lane by lane: `compute` of the lanes of the operands, as many as it takes. */
function lanewise(In: Lanes, compute: (...lanes: number[]) => number, Out: Lanes = In): Case {
  const places = [A, B, C].slice(0, compute.length);
  return {
    build: (instruction: Call) =>
      v128.store(OUT, instruction(...places.map((at) => v128.load(at))) as V128),
    truth(bytes) {
      const operands = places.map((at) => lanesAt(In, bytes, at));
      return Out.from(Array.from(operands[0], (_, i) => compute(...operands.map((one) => one[i]))));
    },
  };
}

/** All lanes at once. */
function vectors(operands: number, compute: (bytes: Uint8Array) => Numbers): Case {
  const places = [A, B, C].slice(0, operands);
  return {
    build: (instruction: Call) =>
      v128.store(OUT, instruction(...places.map((at) => v128.load(at))) as V128),
    truth: compute,
  };
}

/** Of one number or two. */
function scalar(from: Scalar, compute: (...numbers: number[]) => number, to: Scalar = from): Case {
  const places = [A, B].slice(0, compute.length);
  return {
    build: (instruction: Call) =>
      (storeScalar[to] as (at: number, value: Expression<ValueType>) => Effect)(
        OUT,
        instruction(...places.map((at) => loadScalar[from](at))),
      ),
    truth: (bytes) =>
      typeOf[to].from([compute(...places.map((at) => lanesAt(typeOf[from], bytes, at)[0]))]),
  };
}

/** By 5 bits more than there are: only the remainder counts. */
function shift(In: Lanes, compute: (lane: number, bits: number) => number): Case {
  const width = 8 * In.BYTES_PER_ELEMENT;
  return {
    build: (instruction: Call) => v128.store(OUT, instruction(v128.load(A), width + 5) as V128),
    truth: (bytes) => In.from(Array.from(lanesAt(In, bytes, A), (x) => compute(x, 5))),
  };
}

/** A load from address 3, with an offset of 4. */
function load(In: Lanes, count: number, Out: Lanes, place: (i: number) => number = (i) => i): Case {
  const length = 16 / Out.BYTES_PER_ELEMENT;
  return {
    build: (instruction: Call) => v128.store(OUT, instruction(i32.const(3), 4) as V128),
    truth(bytes) {
      const loaded = lanesAt(In, bytes.slice(7, 7 + count * In.BYTES_PER_ELEMENT), 0, count);
      return Out.from(Array.from({ length }, (_, i) => loaded[place(i)] ?? 0));
    },
  };
}

/** The low or the high half of the lanes, wider. */
const extend = (In: Lanes, from: number, Out: Lanes) =>
  vectors(1, (bytes) =>
    Out.from([...lanesAt(In, bytes, A)].slice(from, from + 8 / In.BYTES_PER_ELEMENT)),
  );

const narrow = (In: Lanes, Out: Lanes, most: number, least = -most - 1) =>
  vectors(2, (bytes) =>
    Out.from(
      [...lanesAt(In, bytes, A), ...lanesAt(In, bytes, B)].map((x) =>
        Math.max(least, Math.min(most, x)),
      ),
    ),
  );

/** A scalar in all lanes. */
const splat = (from: Scalar, Out: Lanes): Case => ({
  build: (instruction: Call) => v128.store(OUT, instruction(loadScalar[from](A)) as V128),
  truth: (bytes) =>
    Out.from(new Array(16 / Out.BYTES_PER_ELEMENT).fill(lanesAt(typeOf[from], bytes, A)[0])),
});

const mask = (isTrue: boolean) => (isTrue ? -1 : 0);
const { fround } = Math;
const nearestEven = (x: number) => {
  const floor = Math.floor(x);
  if (x - floor !== 0.5) return Math.round(x);
  const even = floor % 2 === 0 ? floor : floor + 1;
  return x < 0 && even === 0 ? -0 : even;
};
const SHUFFLE = [0, 31, 15, 16, 7, 8, 1, 1, 30, 2, 29, 3, 17, 14, 0, 20];

const f64Case = (
  operands: number,
  build: (instruction: Call, ...loads: Expression<"f64">[]) => Expression<"f64">,
  compute: (a: number, b: number) => number,
): Case => ({
  // float64 come from float32 and go back: there is no load of them.
  build: (instruction: Call) => {
    const loads = [A, B].slice(0, operands).map((at) => instructions.f64.promote_f32(f32.load(at)));
    return f32.store(OUT, f32.demote_f64(build(instruction, ...loads)));
  },
  truth(bytes) {
    const [[a], [b]] = [lanesAt(float, bytes, A), lanesAt(float, bytes, B)];
    return Float32Array.of(compute(a, b));
  },
});

const TABLE: Readonly<Record<string, Readonly<Record<string, Case>>>> = {
  i32: {
    const: {
      build: (make: Call) => i32.store(OUT, make(-123456789) as I32),
      truth: () => Int32Array.of(-123456789),
    },
    load: {
      build: (make: Call) => i32.store(OUT, make(3, 4) as I32),
      truth: (bytes) => new Int32Array(bytes.slice(7, 11).buffer),
    },
    load8_u: {
      build: (make: Call) => i32.store(OUT, make(3, 4) as I32),
      truth: (bytes) => Int32Array.of(bytes[7]),
    },
    load16_u: {
      build: (make: Call) => i32.store(OUT, make(3, 4) as I32),
      truth: (bytes) => Int32Array.of(bytes[7] | (bytes[8] << 8)),
    },
    store: {
      build: (make: (...args: unknown[]) => Effect) => make(OUT - 4, i32.load(A), 4),
      truth: (bytes) => bytes.slice(A, A + 4),
    },
    store8: {
      build: (make: (...args: unknown[]) => Effect) => make(OUT - 4, i32.load(A), 4),
      truth: (bytes) => Uint8Array.of(bytes[A], 0, 0, 0),
    },
    store16: {
      build: (make: (...args: unknown[]) => Effect) => make(OUT - 4, i32.load(A), 4),
      truth: (bytes) => Uint8Array.of(bytes[A], bytes[A + 1], 0, 0),
    },
    eq: scalar("i32", (a, b) => Number(a === b)),
    ne: scalar("i32", (a, b) => Number(a !== b)),
    lt_u: scalar("i32", (a, b) => Number(a >>> 0 < b >>> 0)),
    gt_u: scalar("i32", (a, b) => Number(a >>> 0 > b >>> 0)),
    add: scalar("i32", (a, b) => a + b),
    mul: scalar("i32", (a, b) => Math.imul(a, b)),
    div_u: scalar("i32", (a, b) => Math.floor((a >>> 0) / (b >>> 0))),
    rem_u: scalar("i32", (a, b) => (a >>> 0) % (b >>> 0)),
    ctz: scalar("i32", (a) => (a === 0 ? 32 : 31 - Math.clz32(a & -a))),
    and: scalar("i32", (a, b) => a & b),
    or: scalar("i32", (a, b) => a | b),
    shl: scalar("i32", (a, b) => a << b),
    shr_u: scalar("i32", (a, b) => a >>> b),
  },
  f32: {
    const: {
      build: (make: Call) => f32.store(OUT, make(-0.1) as Expression<"f32">),
      truth: () => Float32Array.of(-0.1),
    },
    load: {
      build: (make: Call) => f32.store(OUT, make(3, 4) as Expression<"f32">),
      truth: (bytes) => new Float32Array(bytes.slice(7, 11).buffer),
    },
    store: {
      build: (make: (...args: unknown[]) => Effect) => make(OUT - 4, f32.load(A), 4),
      truth: (bytes) => new Float32Array(bytes.slice(A, A + 4).buffer),
    },
    add: scalar("f32", (a, b) => a + b),
    sub: scalar("f32", (a, b) => a - b),
    mul: scalar("f32", (a, b) => a * b),
    max: scalar("f32", (a, b) => Math.max(a, b)),
    demote_f64: f64Case(
      2,
      (_, a, b) => instructions.f64.mul(a, b),
      (a, b) => a * b,
    ),
  },
  f64: {
    const: f64Case(
      1,
      (make, a) => instructions.f64.mul(a, make(0.1) as Expression<"f64">),
      (a) => a * 0.1,
    ),
    sqrt: f64Case(
      1,
      (make, a) => make(a) as Expression<"f64">,
      (a) => Math.sqrt(a),
    ),
    add: f64Case(
      2,
      (make, a, b) => make(a, b) as Expression<"f64">,
      (a, b) => a + b,
    ),
    mul: f64Case(
      2,
      (make, a, b) => make(a, b) as Expression<"f64">,
      (a, b) => a * b,
    ),
    div: f64Case(
      2,
      (make, a, b) => make(a, b) as Expression<"f64">,
      (a, b) => a / b,
    ),
    promote_f32: f64Case(
      1,
      (_, a) => a,
      (a) => a,
    ),
  },
  v128: {
    load: load(u8, 16, u8),
    load16x4_s: load(i16, 4, s32),
    load16_splat: load(u16, 1, u16, () => 0),
    load32_splat: load(u32, 1, u32, () => 0),
    store: {
      build: (make: (...args: unknown[]) => Effect) => make(OUT - 4, v128.load(A), 4),
      truth: (bytes) => bytes.slice(A, A + 16),
    },
    const: {
      build: (make: Call) => v128.store(OUT, make(SHUFFLE) as V128),
      truth: () => Uint8Array.from(SHUFFLE),
    },
    and: lanewise(u8, (a, b) => a & b),
    andnot: lanewise(u8, (a, b) => a & ~b),
    or: lanewise(u8, (a, b) => a | b),
    xor: lanewise(u8, (a, b) => a ^ b),
    bitselect: lanewise(u8, (a, b, mask) => (a & mask) | (b & ~mask)),
    any_true: {
      build: (make: Call) => i32.store(OUT, make(v128.and(v128.load(A), v128.load(B))) as I32),
      truth: (bytes) =>
        Int32Array.of(Number(bytes.slice(A, A + 16).some((x, i) => (x & bytes[B + i]) !== 0))),
    },
    store16_lane: {
      build: (make: (...args: unknown[]) => Effect) => make(OUT - 4, v128.load(A), 7, 4),
      truth: (bytes) => Uint8Array.of(...bytes.slice(A + 14, A + 16), 0, 0),
    },
    store32_lane: {
      build: (make: (...args: unknown[]) => Effect) => make(OUT - 4, v128.load(A), 3, 4),
      truth: (bytes) => Uint8Array.of(...bytes.slice(A + 12, A + 16), 0),
    },
    store64_lane: {
      build: (make: (...args: unknown[]) => Effect) => make(OUT - 4, v128.load(A), 1, 4),
      truth: (bytes) => Uint8Array.of(...bytes.slice(A + 8, A + 16), 0),
    },
    load32_zero: load(u32, 1, u32),
    load64_zero: load(u32, 2, u32),
  },
  i8x16: {
    splat: splat("i32", u8),
    shuffle: {
      build: (make: Call) => v128.store(OUT, make(v128.load(A), v128.load(B), SHUFFLE) as V128),
      truth: (bytes) => Uint8Array.from(SHUFFLE, (i) => bytes[A + i]), // b lies behind a
    },
    swizzle: vectors(2, (bytes) =>
      Uint8Array.from(bytes.slice(B, B + 16), (i) => (i < 16 ? bytes[A + i] : 0)),
    ),
    eq: lanewise(i8, (a, b) => mask(a === b)),
    bitmask: {
      build: (make: Call) => i32.store(OUT, make(v128.load(A)) as I32),
      truth: (bytes) =>
        Int32Array.of(bytes.slice(A, A + 16).reduce((bits, x, i) => bits | ((x >> 7) << i), 0)),
    },
    narrow_i16x8_s: narrow(i16, i8, 127),
    narrow_i16x8_u: narrow(i16, u8, 255, 0),
  },
  i16x8: {
    splat: splat("i32", u16),
    eq: lanewise(i16, (a, b) => mask(a === b)),
    narrow_i32x4_s: narrow(s32, i16, 32767),
    narrow_i32x4_u: narrow(s32, u16, 65535, 0),
    extend_low_i8x16_s: extend(i8, 0, i16),
    extend_low_i8x16_u: extend(u8, 0, i16),
    shl: shift(i16, (x, bits) => x << bits),
    shr_u: shift(u16, (x, bits) => x >> bits),
    add: lanewise(i16, (a, b) => a + b),
  },
  i32x4: {
    splat: splat("i32", s32),
    extract_lane: {
      build: (make: Call) => i32.store(OUT, make(v128.load(A), 3) as I32),
      truth: (bytes) => Int32Array.of(lanesAt(s32, bytes, A)[3]),
    },
    eq: lanewise(s32, (a, b) => mask(a === b)),
    lt_s: lanewise(s32, (a, b) => mask(a < b)),
    gt_s: lanewise(s32, (a, b) => mask(a > b)),
    extend_low_i16x8_s: extend(i16, 0, s32),
    extend_low_i16x8_u: extend(u16, 0, s32),
    extend_high_i16x8_u: extend(u16, 4, s32),
    shl: shift(s32, (x, bits) => x << bits),
    shr_s: shift(s32, (x, bits) => x >> bits),
    shr_u: shift(u32, (x, bits) => x >>> bits),
    add: lanewise(s32, (a, b) => a + b),
    sub: lanewise(s32, (a, b) => a - b),
    max_s: lanewise(s32, (a, b) => Math.max(a, b)),
    dot_i16x8_s: vectors(2, (bytes) => {
      const [a, b] = [lanesAt(i16, bytes, A), lanesAt(i16, bytes, B)];
      return Int32Array.from([0, 2, 4, 6], (i) => a[i] * b[i] + a[i + 1] * b[i + 1]);
    }),
    trunc_sat_f32x4_s: lanewise(
      float,
      (x) => (Number.isNaN(x) ? 0 : Math.trunc(Math.max(-(2 ** 31), Math.min(2 ** 31 - 1, x)))),
      s32,
    ),
  },
  f32x4: {
    splat: splat("f32", float),
    extract_lane: {
      build: (make: Call) => f32.store(OUT, make(v128.load(A), 3) as Expression<"f32">),
      truth: (bytes) => Float32Array.of(lanesAt(float, bytes, A)[3]),
    },
    eq: lanewise(float, (a, b) => mask(a === b), s32),
    lt: lanewise(float, (a, b) => mask(a < b), s32),
    demote_f64x2_zero: vectors(1, (bytes) => Float32Array.of(...lanesAt(double, bytes, A), 0, 0)),
    nearest: lanewise(float, nearestEven),
    abs: lanewise(float, (x) => Math.abs(x)),
    add: lanewise(float, (a, b) => a + b),
    sub: lanewise(float, (a, b) => a - b),
    mul: lanewise(float, (a, b) => a * b),
    div: lanewise(float, (a, b) => a / b),
    min: lanewise(float, (a, b) => Math.min(a, b)),
    max: lanewise(float, (a, b) => Math.max(a, b)),
    convert_i32x4_s: lanewise(s32, (x) => x, float),
  },
  f64x2: {
    splat: {
      build: (make: Call) =>
        v128.store(OUT, make(instructions.f64.promote_f32(f32.load(A))) as V128),
      truth: (bytes) => new Float64Array(2).fill(lanesAt(float, bytes, A)[0]),
    },
    extract_lane: {
      build: (make: Call) =>
        f32.store(OUT, f32.demote_f64(make(v128.load(A), 1) as Expression<"f64">)),
      truth: (bytes) => Float32Array.of(lanesAt(double, bytes, A)[1]),
    },
    promote_low_f32x4: vectors(1, (bytes) =>
      Float64Array.from(lanesAt(float, bytes, A).slice(0, 2)),
    ),
    add: lanewise(double, (a, b) => a + b),
    mul: lanewise(double, (a, b) => a * b),
  },
};

const SPECIAL = Float32Array.of(
  0,
  -0,
  1,
  -1,
  0.5,
  1.5,
  2.5,
  -0.5,
  -2.5,
  1e-40,
  3e38,
  -3e38,
  2 ** 31,
  1 / 3,
);
const WEIRD = Float32Array.of(Number.NaN, Infinity, -Infinity);

/** 64 bytes of operands: random ones, small integers, float32 with special ones among them. */
function operands(round: number): Uint8Array {
  const random = xoshiro128(round);
  const bytes = new Uint8Array(64);
  const pick = (from: ArrayLike<number>) => from[Math.floor(random() * from.length)];
  switch (round % 4) {
    case 0:
      return bytes.map(() => 256 * random());
    case 1:
      return bytes.map(() => (random() < 0.5 ? 3 * random() : 253 + 3 * random()));
    case 2:
      new Float32Array(bytes.buffer).forEach((_, i, all) => {
        all[i] = random() < 0.5 ? pick(SPECIAL) : fround((random() - 0.5) * 200);
      });
      return bytes;
    default:
      new Float32Array(bytes.buffer).forEach((_, i, all) => {
        all[i] = random() < 0.4 ? pick(WEIRD) : pick(SPECIAL);
      });
      return bytes;
  }
}

const NAMESPACES = Object.entries(instructions).filter(([name]) => name !== "relaxed");

describe.each(NAMESPACES)("%s", (namespace, all) => {
  it("has each of its instructions in the table", () => {
    expect(Object.keys(TABLE[namespace]).sort()).toEqual(Object.keys(all).sort());
  });

  it("computes what JavaScript computes", () => {
    const names = Object.keys(all);
    const { bytes, call } = compiled((module) => {
      for (const name of names) {
        const { build } = TABLE[namespace][name];
        module.export(name, {}, undefined, (f) => f.do(build((all as never)[name])));
      }
    });
    for (const name of names) {
      for (let round = 0; round < 40; round++) {
        const given = operands(round);
        const divisor = new Int32Array(given.buffer, B, 1);
        if (/div_u|rem_u/.test(name) && divisor[0] === 0) divisor[0] = 3; // 0 traps
        bytes.fill(0);
        bytes.set(given);
        call(name);
        const wanted = TABLE[namespace][name].truth(given);
        const Type = wanted.constructor as unknown as Lanes;
        const got = new Type(bytes.buffer, OUT, wanted.length);
        expect(got, `${namespace}.${name}, round ${round}: ${given.join(" ")}`).toEqual(wanted);
      }
    }
  });
});

describe("relaxed", () => {
  it("has the numbers that the proposal gives its instructions", () => {
    expect(Object.keys(relaxed)).toEqual(["f32x4_madd", "i16x8_dot_i8x16_i7x16_s"]);
    const v = v128.load(0);
    expect(relaxed.f32x4_madd(v, v, v).code.slice(-3)).toEqual([0xfd, 0x85, 0x02]);
    expect(relaxed.i16x8_dot_i8x16_i7x16_s(v, v).code.slice(-3)).toEqual([0xfd, 0x92, 0x02]);
  });

  it.runIf(simdOfThisMachine() === "relaxed-simd")("adds c to a · b, rounded once or twice", () => {
    const { floats, call } = compiled((module) => {
      module.export("madd", {}, undefined, (f) => {
        f.do(v128.store(OUT, relaxed.f32x4_madd(v128.load(A), v128.load(B), v128.load(C))));
      });
    });
    // (1 + 2⁻²³)² − 1 = 2⁻²² + 2⁻⁴⁶, whose last part is lost if the product is rounded.
    floats.fill(1 + 2 ** -23, 0, 8);
    floats.fill(-1, 8, 12);
    call("madd");
    expect([2 ** -22 + 2 ** -46, 2 ** -22]).toContain(floats[OUT / 4]);
  });

  it.runIf(simdOfThisMachine() === "relaxed-simd")("adds products of bytes up, two by two", () => {
    const { bytes, call } = compiled((module) => {
      module.export("dot", {}, undefined, (f) => {
        const product = relaxed.i16x8_dot_i8x16_i7x16_s(v128.load(A), v128.load(B));
        f.do(v128.store(OUT, product));
      });
    });
    const [a, b] = [new Int8Array(bytes.buffer, A, 16), new Int8Array(bytes.buffer, B, 16)];
    a.set([-128, -128, 127, 127, -128, 127, 0, 1, -1, 2, -3, 4, 5, -6, 7, 8]);
    b.set([127, 127, 127, 127, 127, 127, 127, 127, 1, 2, 3, 4, 5, 6, 7, 8]);
    call("dot");
    const wanted = [-32512, 32258, -127, 127, 3, 7, -11, 113];
    expect([...new Int16Array(bytes.buffer, OUT, 8)]).toEqual(wanted);
  });
});
