/**
 * onnxruntime-web and this library at one product, [128 × 2048]·[2048 × 16384] in float32, in turn, in Node.
 *
 *     (cd bench/peers && npm install) && npx tsx bench/peers/onnxruntime-web.ts [--threads 2] [--rounds 9] [--write]
 *
 * Both have the weight beforehand, and may lay it out as they like. Exit code 1 if the products differ.
 */
import type { WeightSource } from "../../src/tensor/stored.ts";
import { comparisonOptions, conclude, pause, Rates } from "./comparison.ts";
import { onnxMatmul } from "./onnx-matmul.ts";
import { ourBackend } from "./ours.ts";

/** The parts of onnxruntime-web that are used. Only this folder installs it. */
interface Ort {
  readonly env: { readonly wasm: { numThreads: number } };
  readonly InferenceSession: {
    create(
      model: Uint8Array,
      options: object,
    ): Promise<{ run(feeds: object): Promise<{ y: { data: Float32Array } }> }>;
  };
  readonly Tensor: new (type: "float32", data: Float32Array, shape: readonly number[]) => object;
}

const [L, D, F] = [128, 2048, 16384];
const OPERATIONS = 2 * L * D * F;
const { threads, rounds, write } = comparisonOptions();

const x = Float32Array.from({ length: L * D }, (_, i) => ((i * 7919) % 1999) / 1000 - 1);
const rows = Float32Array.from({ length: F * D }, (_, i) => ((i * 6007) % 1997) / 1000 - 1); // [F, D]
const columns = new Float32Array(D * F); // [D, F], as ONNX has it
for (let f = 0; f < F; f++) for (let d = 0; d < D; d++) columns[d * F + f] = rows[f * D + d];

const peer = "onnxruntime-web"; // a variable, so that this compiles without it
const ort: Ort = await import(peer);
ort.env.wasm.numThreads = threads;
const session = await ort.InferenceSession.create(onnxMatmul(L, columns, D), {
  executionProviders: ["wasm"],
});
const theirX = new ort.Tensor("float32", x, [L, D]);

const backend = ourBackend({ threads });
const bytes = new Uint8Array(rows.buffer);
const source: WeightSource = {
  ...{ name: "weight", dtype: "float32", shape: [F, D] },
  rows: async (begin, end) => bytes.slice(begin * D * 4, end * D * 4),
};
const weight = await backend.upload(source);
const [ourX, ourY] = [backend.alloc("x", L, D), backend.alloc("y", L, F)];
backend.write(ourX, x);

const rates = new Rates();
let [theirs, ours]: ArrayLike<number>[] = [[], []];
for (let round = 0; round < rounds; round++) {
  await pause();
  let begin = performance.now();
  theirs = (await session.run({ x: theirX })).y.data;
  rates.add("theirs", OPERATIONS / (performance.now() - begin) / 1e6);
  await pause();
  begin = performance.now();
  backend.ops.matmul(ourY, ourX, weight, { from: 0, count: L });
  ours = await backend.read(ourY, { from: 0, count: L }); // they copy their result, too
  rates.add("ours", OPERATIONS / (performance.now() - begin) / 1e6);
}
// Sums of 2048 products below 1 in float32: each is within 2048 roundings of 2048 · 2⁻²⁴ at the very most.
for (let i = 0; i < L * F; i++) {
  if (Math.abs(ours[i] - theirs[i]) < 0.02) continue;
  console.error(`number ${i} is ${ours[i]} here and ${theirs[i]} there`);
  process.exit(1);
}
const command = `npx tsx bench/peers/onnxruntime-web.ts --threads ${threads}`;
const what = `[${L} × ${D}]·[${D} × ${F}], threads: ${threads}`;
const measured = { ours: rates.best("ours"), theirs: rates.best("theirs") };
conclude([{ peer, what, ...measured, unit: "GFLOP/s", command }], write);
process.exit(0);
