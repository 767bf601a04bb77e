/** Where gradients go, and how often they are rounded on the way. */
import { describe, expect, it } from "vitest";
import { attentionBackward } from "../../../src/nn/backward/attention.ts";
import { embedBackward } from "../../../src/nn/backward/embedding.ts";
import { gegluBackward } from "../../../src/nn/backward/geglu.ts";
import { linearInputBackward, linearWeightBackward } from "../../../src/nn/backward/linear.ts";
import { rmsNormBackward } from "../../../src/nn/backward/rmsnorm.ts";
import { applyRopeBackward } from "../../../src/nn/backward/rope.ts";
import { softmaxBackward } from "../../../src/nn/backward/softmax.ts";
import { crossEntropy } from "../../../src/nn/loss/cross-entropy.ts";
import { crossEntropyHead } from "../../../src/nn/loss/cross-entropy-head.ts";
import { softmax } from "../../../src/nn/softmax.ts";
import { bfloat16, float32, float64, type Precision } from "../../../src/tensor/precision.ts";
import { type NdArray, tensor } from "../../../src/tensor/tensor.ts";
import { randomTensor } from "../../support/random.ts";

const [L, D, F] = [3, 8, 5];
const [x, dy] = [randomTensor([L, D], 1), randomTensor([L, D], 2)];
const [dF, weight] = [randomTensor([L, F], 3), randomTensor([F, D], 4)];
const gain = randomTensor([D], 5);
const [q, dz] = [randomTensor([L, 2, 4], 6), randomTensor([L, 2, 4], 7)];
const [k, v] = [randomTensor([L, 1, 4], 8), randomTensor([L, 1, 4], 9)];
const pattern = softmax(x);
const weights = [0.5, 0, 0.5];

interface Gradient {
  /** By its option: of this precision, into `out` where that is given. */
  readonly of: (precision: Precision, out?: NdArray) => NdArray;
  /** Adds to what is there. */
  readonly adds?: true;
  /** What `out` may be, although it is read. */
  readonly over?: readonly NdArray[];
}

/** Every gradient that a twin gives, `zeros` where it adds. */
const GRADIENTS: Readonly<Record<string, Gradient>> = {
  "rmsNormBackward dx": {
    of: (precision, dx) => rmsNormBackward(dy, x, gain, { precision, dx }),
    over: [dy, x],
  },
  "rmsNormBackward dWeight": {
    of: (precision, dWeight = empty([D], precision)) => {
      rmsNormBackward(dy, x, gain, { precision, dWeight });
      return dWeight;
    },
    adds: true,
  },
  "linearInputBackward dx": {
    of: (precision, dx) => linearInputBackward(dF, weight, { precision, dx }),
  },
  "linearInputBackward dx, with add": {
    of: (precision, dx = empty([L, D], precision)) =>
      linearInputBackward(dF, weight, { precision, dx, add: true }),
    adds: true,
  },
  "linearWeightBackward dWeight": {
    of: (precision, dWeight) => linearWeightBackward(dF, x, { precision, dWeight }),
    adds: true,
  },
  "applyRopeBackward dx": {
    of: (precision, dx) => applyRopeBackward(dz, 5, { precision, dx }),
    over: [dz],
  },
  "softmaxBackward dx": {
    of: (precision, dx) => softmaxBackward(dy, pattern, { precision, dx }),
    over: [dy, pattern],
  },
  "attentionBackward dq": {
    of: (precision, dq) => attentionBackward(dz, q, k, v, { precision, dq }).dq,
    over: [q, dz],
  },
  "attentionBackward dk": {
    of: (precision, dk) => attentionBackward(dz, q, k, v, { precision, dk }).dk,
    over: [k],
  },
  "attentionBackward dv": {
    of: (precision, dv) => attentionBackward(dz, q, k, v, { precision, dv }).dv,
    over: [v],
  },
  "gegluBackward dGate": {
    of: (precision, dGate) => gegluBackward(dy, x, pattern, { precision, dGate }).dGate,
    over: [dy, x, pattern],
  },
  "gegluBackward dUp": {
    of: (precision, dUp) => gegluBackward(dy, x, pattern, { precision, dUp }).dUp,
    over: [dy, x, pattern],
  },
  "embedBackward dTable": {
    of: (precision, dTable = empty([4, D], precision)) =>
      embedBackward([2, 0, 3], dy, { scale: 1.5, precision, dTable }),
    adds: true,
  },
  "crossEntropy dLogits": {
    of: (precision, dLogits = empty([L, D], precision)) => {
      crossEntropy(x, [1, 2, 3], { weights, precision, dLogits });
      return dLogits;
    },
    over: [x],
  },
};

function empty(shape: readonly number[], { alloc }: Precision): NdArray {
  return tensor(alloc(shape.reduce((a, b) => a * b)), shape);
}

describe.each(Object.entries(GRADIENTS))("%s", (_, { of, adds }) => {
  it("is computed in float64, and rounded once when it is stored", () => {
    // By its name, because the angles of RoPE are those of the precision: float32 in all three.
    const exact = of({ ...float64, name: "float32" });
    expect(exact.data).toBeInstanceOf(Float64Array);
    for (const precision of [float32, bfloat16]) {
      expect([...of(precision).data]).toEqual(Array.from(exact.data, precision.round));
    }
  });

  it(
    adds ? "is added to what its destination holds" : "overwrites what its destination holds",
    () => {
      const fresh = of(float64);
      const held = tensor(new Float64Array(fresh.data.length).fill(3), fresh.shape);
      expect(of(float64, held)).toBe(held);
      expect([...held.data]).toEqual(Array.from(fresh.data, (value) => value + (adds ? 3 : 0)));
    },
  );

  it("goes into a view, and nothing beside it is touched", () => {
    const fresh = of(float32);
    const [rows, ...rest] = fresh.shape;
    const width = rest.reduce((a, b) => a * b, 1);
    const wide = tensor(new Float32Array((rows + 2) * width).fill(7), [rows + 2, ...rest]);
    const view = wide.lo(1).hi(rows);
    for (let i = width; i < (rows + 1) * width; i++) wide.data[i] = 0;
    of(float32, view);
    const beside = new Array(width).fill(7);
    expect([...wide.data]).toEqual([...beside, ...fresh.data, ...beside]);
  });
});

const OVER = Object.entries(GRADIENTS).flatMap(([name, { of, over }]) =>
  over ? [[name, { of, over }] as const] : [],
);

it.each(OVER)("%s may take the place of what it is computed from", (_, { of, over }) => {
  const expected = [...of(float32).data];
  for (const source of over) {
    const before = source.data.slice();
    const written = of(float32, source);
    expect([...written.data]).toEqual(expected);
    source.data.set(before);
  }
});

describe("the residual beside a norm", () => {
  const plus = randomTensor([L, D], 10);

  it("is added before the only rounding, and may be dx itself", () => {
    const [alone, both] = [{}, { plus }].map((more) => {
      return rmsNormBackward(dy, x, gain, { precision: float64, ...more });
    });
    const sum = alone.data.map((value, i) => plus.data[i] + value);
    expect([...both.data]).toEqual([...sum]);
    const before = plus.data.slice();
    rmsNormBackward(dy, x, gain, { plus, dx: plus });
    expect([...plus.data]).toEqual(Array.from(sum, Math.fround));
    plus.data.set(before);
  });
});

describe("the head", () => {
  it("stores what its precision can hold", () => {
    for (const precision of [bfloat16, float32]) {
      const [dh, dTable] = [empty([L, D], precision), empty([F, D], precision)];
      crossEntropyHead(x, weight, [1, 2, 3], { weights, precision, dh, dTable });
      for (const { data } of [dh, dTable]) {
        expect([...data]).toEqual(Array.from(data, precision.round));
      }
    }
  });

  it("reads and writes views, and nothing beside them is touched", () => {
    const fresh = { dh: empty([L, D], float32), dTable: empty([F, D], float32) };
    crossEntropyHead(x, weight, [1, 2, 3], { weights, ...fresh });
    const wide = (rows: number) => tensor(new Float32Array((rows + 2) * D).fill(7), [rows + 2, D]);
    const [h, dh, dTable] = [wide(L), wide(L), wide(F)];
    h.data.set(x.data, D);
    dTable.data.fill(0, D, (F + 1) * D);
    const inside = (t: NdArray) => t.lo(1).hi(t.shape[0] - 2);
    const options = { weights, dh: inside(dh), dTable: inside(dTable) };
    crossEntropyHead(inside(h), weight, [1, 2, 3], options);
    const beside = new Array(D).fill(7);
    expect([...dh.data]).toEqual([...beside, ...fresh.dh.data, ...beside]);
    expect([...dTable.data]).toEqual([...beside, ...fresh.dTable.data, ...beside]);
  });
});
