/**
 * What an author needs to write each kernel: its formula, its shapes, and numbers to check it by hand.
 * @module
 */
import type { KernelName } from "../../backend/backend.ts";
import { table } from "../../table.ts";
import { type NdArray, tensor } from "../../tensor/tensor.ts";
import { runOp } from "../engine/run-op.ts";
import { shown } from "./failure.ts";
import type { KernelOp } from "./kernels/case.ts";

/** A kernel as it is explained. */
interface KernelText {
  readonly call: string;
  readonly formula: readonly string[];
  readonly shapes: string;
  /** The file that defines it, if one does. */
  readonly file?: string;
  readonly example: Example;
}

/** Arguments, by name, and which operator computes the result. */
interface Example {
  readonly op?: KernelOp;
  readonly attrs: Readonly<Record<string, number>>;
  readonly inputs: Readonly<Record<string, readonly (readonly number[])[]>>;
  /** What is said of the example beside its numbers. */
  readonly note?: string;
}

const rows = (...values: readonly (readonly number[])[]) => values;

const TEXTS: Readonly<Record<KernelName, KernelText>> = {
  add: {
    call: "add(dst, x, y, rows)",
    formula: ["dst[r,d] = x[r,d] + y[r,d]"],
    shapes: "dst, x, y [R, D]; dst may be x",
    file: "nn/residual.ts",
    example: { op: "add", attrs: {}, inputs: { x: rows([1, 2, 3, 4]), y: rows([0.5, -2, 0, 10]) } },
  },
  embed: {
    call: "embed(dst, table, ids, rows, scale)",
    formula: ["dst[into + i, d] = table[ids[from + i], d] · scale"],
    shapes: "table [V, D], dst [R, D]",
    file: "nn/embedding.ts",
    example: {
      op: "embed",
      attrs: { scale: 2 },
      inputs: { table: rows([1, 2], [3, 4], [5, 6]), ids: rows([2], [0]) },
    },
  },
  rmsNorm: {
    call: "rmsNorm(dst, x, weight, rows, eps)",
    formula: ["dst[r,d] = x[r,d] / √(mean_d(x[r,d]²) + eps) · (normOffset + weight[d])"],
    shapes: "x, dst [R, D], weight [D]; normOffset came with the weight, and is 1 when absent",
    file: "nn/rmsnorm.ts",
    example: {
      op: "rmsNorm",
      attrs: { eps: 1e-6, normOffset: 1 },
      inputs: { x: rows([1, -2, 3, -4]), weight: rows([0, 0.5, 1, -1]) },
    },
  },
  matmul: {
    call: "matmul(dst, x, weight, rows)",
    formula: ["dst[r,f] = Σ_d x[r,d] · weight[f,d]"],
    shapes: "x [R, D], weight [F, D], dst [R, F]: the weight lies [out, in]",
    file: "nn/linear.ts",
    example: {
      op: "matmul",
      attrs: {},
      inputs: { x: rows([1, 2, 3, 4]), weight: rows([1, 0, 0, 0], [0.5, 0.5, 0.5, -1]) },
    },
  },
  geglu: {
    call: "geglu(dst, gate, up, rows)",
    formula: [
      "dst[r,f] = gelu(gate[r,f]) · up[r,f]",
      "gelu(x) = ½·x·(1 + tanh(√(2/π)·(x + 0.044715·x³)))",
    ],
    shapes: "dst, gate, up [R, F]",
    file: "nn/geglu.ts",
    example: {
      op: "geglu",
      attrs: {},
      inputs: { gate: rows([-2, -0.5, 0.5, 20]), up: rows([1, 1, 2, 3]) },
    },
  },
  rope: {
    call: "rope(dst, x, spans, heads, headDim, theta)",
    formula: [
      "angle_i      = p · theta^(−2i/H),  i = 0 … H/2 − 1,  p = pos + r − from",
      "dst[i]       = x[i] · cos(angle_i) − x[i + H/2] · sin(angle_i)",
      "dst[i + H/2] = x[i + H/2] · cos(angle_i) + x[i] · sin(angle_i)",
    ],
    shapes: "x, dst [R, heads·H], each head by itself; dst may be x; roundings stand in backend.ts",
    file: "nn/rope.ts",
    example: {
      op: "rope",
      attrs: { pos: 1, heads: 1, headDim: 4, theta: 10000 },
      inputs: { x: rows([1, 2, 3, 4]) },
    },
  },
  kvWrite: {
    call: "kvWrite(layer, k, v, spans)",
    formula: ["keys[layer][pos + i] = k[from + i],  values[layer][pos + i] = v[from + i]"],
    shapes: "k, v [R, K·H]; keys and values [positions, K·H] in each layer of the span's cache",
    example: {
      attrs: { pos: 5, from: 0, count: 2 },
      inputs: { k: rows([1, 2, 3, 4], [5, 6, 7, 8]) },
      note: "keys[layer][5] is then 1 2 3 4, and keys[layer][6] is 5 6 7 8. It shows only through attention.",
    },
  },
  attention: {
    call: "attention(dst, q, layer, spans, scale)",
    formula: [
      "score[s] = Σ_h (q[h] · scale) · keys[s,h],  s = 0 … p,  p = pos + r − from",
      "dst[h]   = Σ_s softmax(score)[s] · values[s,h]",
      "query head n reads key-value head ⌊n·K/N⌋",
    ],
    shapes: "q, dst [R, N·H]; keys and values [positions, K·H] of the span's cache",
    file: "nn/attention.ts",
    example: {
      op: "attention",
      attrs: { pos: 1, heads: 2, kvHeads: 1, headDim: 2, scale: 0.5 },
      inputs: { q: rows([1, 2, -1, 3]), k: rows([1, 0], [0, 1]), v: rows([10, 20], [30, 40]) },
    },
  },
};

/** A kernel: call, formula, shapes, and an example with numbers. */
export function kernelText(kernel: KernelName): string {
  const { call, formula, shapes, file, example } = TEXTS[kernel];
  const { inputs, attrs, note } = example;
  const out = resultOf(example);
  const all = [...Object.values(inputs), out ?? []].flat(2);
  const widest = Math.max(...all.map((x) => shown(x).length));
  const numbers = [
    ...Object.entries(inputs).flatMap(([name, values]) => lines(name, values, widest)),
    ...Object.entries(attrs).flatMap(([name, value]) => lines(name, [[value]], widest)),
    ...(out ? lines("→ dst", out, widest) : []),
  ];
  return [
    `    ${call}`,
    ...formula.map((line) => `    ${line}`),
    `    ${shapes}`,
    "",
    "For example:",
    "",
    table(numbers, "ll", "    ").trimEnd(),
    ...(note ? [`    ${note}`] : []),
    ...(file ? ["", `It is defined by src/${file} of gemma-reference.`] : []),
  ].join("\n");
}

/** What nn/ gives for an example. */
function resultOf({ op, attrs, inputs }: Example): number[][] | undefined {
  if (!op) return undefined;
  const arrays = Object.entries(inputs).map(([name, values]) => {
    const isVector = name === "weight" && op === "rmsNorm";
    const shape = isVector ? [values[0].length] : [values.length, values[0].length];
    return [name, tensor(Float32Array.from(values.flat()), shape)] as const;
  });
  const { data, shape } = runOp({ op, attrs, inputs: new Map(arrays) }).get("out") as NdArray;
  const [R, columns] = shape;
  return Array.from({ length: R }, (_, r) => [...data.subarray(r * columns, (r + 1) * columns)]);
}

function lines(name: string, values: readonly (readonly number[])[], widest: number): string[][] {
  return values.map((row, r) => [
    r === 0 ? name : "",
    row.map((x) => shown(x).padStart(widest)).join("  "),
  ]);
}
