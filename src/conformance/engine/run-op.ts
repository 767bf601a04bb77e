/**
 * One operator by itself, with the engine's parts.
 * @module
 */
import type { Components } from "../../backend/cpu/cpu.ts";
import { softmaxInPlace } from "../../nn/softmax.ts";
import { float64, type Precision, zeros } from "../../tensor/precision.ts";
import type { Stored } from "../../tensor/stored.ts";
import { type NdArray, tensor } from "../../tensor/tensor.ts";
import type { OpName } from "../vectors/vector.ts";
import { NN, type Parts } from "./engine.ts";
import { weightOf } from "./weights.ts";

/** Arguments and results by name. */
export type Arrays = ReadonlyMap<string, NdArray>;

/** What an operator is called with. */
export interface OpCall {
  /** The operator. */
  readonly op: OpName;
  /** Numbers besides the arrays: ε, θ, a scale. */
  readonly attrs: Readonly<Record<string, number>>;
  /** The arrays that go in, by name. */
  readonly inputs: Arrays;
}

/** Runs `call` → its outputs by name; the first is `out`. Shapes and attributes stand in docs/testing-an-engine.md. */
export function runOp({ op, attrs, inputs }: OpCall, parts: Parts = {}): Map<string, NdArray> {
  const { precision = float64 } = parts;
  const nn: Components = { ...NN, ...parts.components };
  const x = (name: string) => stored(inputs.get(name) as NdArray, precision);
  const matrix = (name: string): Stored => {
    const { data, shape } = inputs.get(name) as NdArray;
    const dtype = data instanceof Float32Array ? "float32" : "float64";
    const weight = weightOf({ dtype, shape, data });
    return (parts.weights?.(weight, name) ?? weight).stored;
  };
  const only = (out: NdArray) => new Map([["out", out]]);
  const norm = () => {
    const { eps, normOffset } = attrs;
    const gain = inputs.get("weight") as NdArray;
    return nn.rmsNorm(x("x"), gain, { eps, normOffset: normOffset as 0 | 1, precision });
  };
  const linear = (input: NdArray, name: string) => nn.linear(input, matrix(name), { precision });
  switch (op) {
    case "embed": {
      const ids = Array.from((inputs.get("ids") as NdArray).data);
      return only(nn.embed(ids, matrix("table"), { scale: attrs.scale, precision }));
    }
    case "rmsNorm":
      return only(norm());
    case "matmul":
      return only(linear(x("x"), "weight"));
    case "rope": {
      const { pos, heads, headDim, theta } = attrs;
      const input = x("x");
      const [L] = input.shape;
      const byHead = tensor(input.data, [L, heads, headDim]);
      const out = nn.applyRope(byHead, pos, { theta, precision });
      return only(tensor(out.data, [L, heads * headDim]));
    }
    case "attention":
      return attend(x("q"), x("k"), x("v"), attrs, nn, precision);
    case "geglu":
      return only(nn.geglu(x("gate"), x("up"), { precision }));
    case "add":
      return only(nn.add(x("x"), x("y"), { precision }));
    case "mlp": {
      const [gate, up] = [linear(x("x"), "gateProj"), linear(x("x"), "upProj")];
      return only(linear(nn.geglu(gate, up, { precision }), "downProj"));
    }
    case "softmax": {
      const input = x("x");
      const [L, S] = input.shape;
      const out = zeros([L, S], precision);
      const row = new Float64Array(S);
      for (let l = 0; l < L; l++) {
        for (let s = 0; s < S; s++) row[s] = input.get(l, s);
        softmaxInPlace(row, S, precision.round);
        for (let s = 0; s < S; s++) out.set(l, s, row[s]);
      }
      return only(out);
    }
    case "logits": {
      const out = linear(norm(), "table");
      const [, hiddenSize] = x("x").shape;
      parts.wiring?.finish?.(out, { hiddenSize });
      return only(out);
    }
  }
}

/** The input as the precision stores it. */
function stored({ data, shape }: NdArray, { alloc, round }: Precision): NdArray {
  const copy = alloc(data.length);
  for (let i = 0; i < data.length; i++) copy[i] = round(data[i]);
  return tensor(copy, shape);
}

function attend(
  q: NdArray,
  k: NdArray,
  v: NdArray,
  { pos, heads: N, kvHeads: K, headDim: H, scale }: Readonly<Record<string, number>>,
  nn: Components,
  precision: Precision,
): Map<string, NdArray> {
  const [L, S] = [q.shape[0], k.shape[0]];
  const scores = zeros([N, L, S], precision);
  scores.data.fill(Number.NEGATIVE_INFINITY);
  const pattern = zeros([N, L, S], precision);
  const [keys, values] = [k, v].map(({ data }) => tensor(data, [S, K, H]));
  const options = { pos, scale, precision, scores, pattern };
  const z = nn.attention(tensor(q.data, [L, N, H]), keys, values, options);
  return new Map([
    ["out", tensor(z.data, [L, N * H])],
    ["scores", scores],
    ["pattern", pattern],
  ]);
}
