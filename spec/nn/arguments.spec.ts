/** What a caller may hand to a component that is no tensor: each is refused by name, and none gives NaN in silence. */
import ndarray from "ndarray";
import { describe, expect, it } from "vitest";
import { ArgumentError, GemmaError, ShapeError } from "../../src/errors.ts";
import { attention } from "../../src/nn/attention.ts";
import { embed } from "../../src/nn/embedding.ts";
import { geglu, gelu } from "../../src/nn/geglu.ts";
import { linear } from "../../src/nn/linear.ts";
import { argmax, logProbability } from "../../src/nn/log-softmax.ts";
import { add } from "../../src/nn/residual.ts";
import { rmsNorm } from "../../src/nn/rmsnorm.ts";
import { applyRope, ropeAngles } from "../../src/nn/rope.ts";
import { softmax, softmaxInPlace } from "../../src/nn/softmax.ts";
import { float32 } from "../../src/tensor/precision.ts";
import { storedFromBytes } from "../../src/tensor/stored.ts";
import { tensor } from "../../src/tensor/tensor.ts";
import { thrownBy } from "../support/thrown-by.ts";

// biome-ignore lint/suspicious/noExplicitAny: the compiler is what these callers do without
type Untyped = any;

const [vector, matrix, heads] = [[2], [2, 2], [1, 1, 2]].map((shape) => {
  return tensor(Float32Array.from({ length: shape.reduce((a, b) => a * b) }, Math.sin), shape);
});
const stored = storedFromBytes(new Uint8Array(4), "bfloat16", [2]);

/** A call with one argument left open, by the name of that argument. */
const TENSORS: Record<string, (x: Untyped) => unknown> = {
  "rmsNorm x": (x) => rmsNorm(x, vector),
  "rmsNorm weight": (x) => rmsNorm(matrix, x),
  "rmsNorm out": (x) => rmsNorm(matrix, vector, { out: x ?? null }),
  "applyRope x": (x) => applyRope(x, 0),
  "attention q": (x) => attention(x, heads, heads),
  "attention k": (x) => attention(heads, x, heads),
  "attention v": (x) => attention(heads, heads, x),
  "attention scores": (x) => attention(heads, heads, heads, { scores: x ?? null }),
  "attention pattern": (x) => attention(heads, heads, heads, { pattern: x ?? null }),
  "geglu gate": (x) => geglu(x, matrix),
  "geglu up": (x) => geglu(matrix, x),
  "linear x": (x) => linear(x, matrix),
  "add x": (x) => add(x, matrix),
  "add y": (x) => add(matrix, x),
  "softmax x": (x) => softmax(x),
};
const WEIGHTS: Record<string, (x: Untyped) => unknown> = {
  "linear weight": (x) => linear(matrix, x),
  "embed table": (x) => embed([0], x),
};

const refusal = (use: () => unknown) => {
  const error = thrownBy(use) as GemmaError;
  expect(error).toBeInstanceOf(GemmaError);
  return error;
};

describe.each(Object.entries({ ...TENSORS, ...WEIGHTS }))("%s", (name, use) => {
  it("is refused by name where it is no tensor", () => {
    const others = [undefined, null, 5, "x", {}, [1, 2], [[1, 2]], new Float32Array(2), () => {}];
    for (const other of others) {
      const error = refusal(() => use(other));
      expect(error).toBeInstanceOf(ArgumentError);
      expect(`${error.op} ${error.argument}`).toBe(name);
    }
  });

  it("is refused where its numbers are not there", () => {
    for (const shape of [[64], [64, 2], [2, 64], [64, 1, 2], [1, 1, 64]]) {
      const error = refusal(() => use(ndarray(new Float32Array(1), shape)));
      expect(error).toBeInstanceOf(ShapeError);
    }
  });
});

describe.each(Object.entries(TENSORS))("%s", (name, use) => {
  it("is no stored weight, nor numbers of another kind", () => {
    for (const dtype of ["bfloat16", "float16", "float32", "q8_0"] as const) {
      for (const shape of [[2], [2, 2], [1, 1, 2]]) {
        const error = refusal(() => use({ ...stored, dtype, shape }));
        expect(`${error.op} ${error.argument}`).toBe(name);
        expect(error.message).toContain(`got ${dtype} [${shape.join(", ")}]; widenRow`);
      }
    }
    for (const data of [new Uint16Array(4), new Int32Array(4), [1, 2, 3, 4]]) {
      expect(refusal(() => use(ndarray(data as Untyped, [2, 2])))).toBeInstanceOf(ArgumentError);
    }
  });
});

describe.each(Object.entries(WEIGHTS))("%s", (_, use) => {
  it("lies in an array of its dtype", () => {
    const wrong = { dtype: "bfloat16", shape: [2, 2], data: new Float32Array(4) };
    expect(refusal(() => use(wrong)).message).toContain("bfloat16 in a Uint16Array");
    expect(refusal(() => use({ ...wrong, dtype: "int8" })).name).toBe("UnsupportedError");
  });
});

describe("numbers and lists", () => {
  it.each<[string, () => unknown]>([
    ["applyRope pos", () => applyRope(heads, undefined as Untyped)],
    ["applyRope pos", () => applyRope(heads, 0.5)],
    ["applyRope theta", () => applyRope(heads, 0, { theta: "1e4" as Untyped })],
    ["ropeAngles pos", () => ropeAngles("0" as Untyped, 1, 2)],
    ["ropeAngles L", () => ropeAngles(0, undefined as Untyped, 2)],
    ["ropeAngles H", () => ropeAngles(0, 1, Number.NaN)],
    ["attention pos", () => attention(heads, heads, heads, { pos: "0" as Untyped })],
    ["attention scale", () => attention(heads, heads, heads, { scale: Number.NaN })],
    ["rmsNorm eps", () => rmsNorm(matrix, vector, { eps: "1e-6" as Untyped })],
    ["rmsNorm normOffset", () => rmsNorm(matrix, vector, { normOffset: 2 as Untyped })],
    ["embed scale", () => embed([0], matrix, { scale: null as Untyped })],
    ["embed ids", () => embed(undefined as Untyped, matrix)],
    ["embed ids", () => embed(matrix as Untyped, matrix)],
    ["embed ids", () => embed("0" as Untyped, matrix)],
    ["embed ids[0]", () => embed([0n] as Untyped, matrix)],
    ["rmsNorm precision", () => rmsNorm(matrix, vector, { precision: "float32" as Untyped })],
    ["add precision", () => add(matrix, matrix, { precision: null as Untyped })],
    ["ropeAngles precision", () => ropeAngles(0, 1, 2, { precision: {} as Untyped })],
    ["gelu x", () => gelu(undefined as Untyped)],
    ["gelu x", () => gelu([1] as Untyped)],
    ["argmax x", () => argmax(undefined as Untyped)],
    ["argmax x", () => argmax(matrix as Untyped)],
    ["argmax x", () => argmax([])],
    ["argmax x", () => argmax([[1, 2]] as Untyped)],
    ["argmax x", () => argmax("12" as Untyped)],
    ["logProbability logits", () => logProbability(matrix as Untyped, 0)],
    ["logProbability token", () => logProbability([1, 2], 2)],
    ["logProbability token", () => logProbability([1, 2], undefined as Untyped)],
    ["softmaxInPlace x", () => softmaxInPlace([1, 2] as Untyped, 2, float32.round)],
    ["softmaxInPlace count", () => softmaxInPlace(new Float64Array(2), 3, float32.round)],
    ["softmaxInPlace round", () => softmaxInPlace(new Float64Array(2), 2, undefined as Untyped)],
  ])("%s that is none is refused by that name", (name, use) => {
    const error = refusal(use);
    expect(error).toBeInstanceOf(ArgumentError);
    expect(`${error.op} ${error.argument}`).toBe(name);
  });
});
