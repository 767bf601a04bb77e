import { expect, it } from "vitest";
import { cpuBackend } from "../../src/backend/cpu/cpu.ts";
import type { Profile } from "../../src/bench/profile.ts";
import { Subject } from "../../src/bench/subject.ts";
import { syntheticWeights } from "../../src/bench/synthetic.ts";
import { prefillOperations } from "../../src/bench/work.ts";
import { GEMMA_2B } from "../../src/config.ts";
import { Model } from "../../src/model/model.ts";

const config = {
  ...GEMMA_2B,
  vocabSize: 100,
  hiddenSize: 32,
  intermediateSize: 64,
  numHiddenLayers: 2,
  numAttentionHeads: 2,
  headDim: 16,
};

it("decodes at its position, each sequence in a cache that is filled up to it", async () => {
  const backend = cpuBackend({ maxRows: 4 });
  const written: [layer: number, pos: number, count: number][] = [];
  const seen: [pos: number, count: number][][] = [];
  const { kvWrite, rope } = backend.ops;
  backend.ops.kvWrite = (layer, k, v, spans) => {
    for (const { pos, count } of spans) written.push([layer, pos, count]);
    kvWrite(layer, k, v, spans);
  };
  backend.ops.rope = (dst, x, spans, ...rest) => {
    seen.push(spans.map(({ pos, count }) => [pos, count]));
    rope(dst, x, spans, ...rest);
  };
  const tensors = syntheticWeights(config, "bfloat16");
  const model = await Model.load({ config, tensors, backend });
  const load = { prefill: 6, decode: 2, batch: 2, position: 10 };
  const subject = await Subject.create(model, load);
  const filled = [0, 1].flatMap((layer) => [
    [layer, 0, 4],
    [layer, 4, 4],
    [layer, 8, 2],
  ]);
  expect(written.sort()).toEqual([...filled, ...filled].sort());

  for (let round = 0; round < 2; round++) {
    seen.length = 0;
    expect(await subject.decode()).toBeGreaterThan(0);
    // Two layers, and in each queries and keys are rotated.
    const both = (pos: number) =>
      Array.from({ length: 4 }, () => [
        [pos, 1],
        [pos, 1],
      ]);
    expect(seen).toEqual([...both(10), ...both(11)]);
    seen.length = 0;
    await subject.prefill();
    expect([...new Set(seen.map((spans) => spans.join()))]).toEqual(["0,4", "4,2"]);
  }

  const { prefill, decode } = await subject.profile("step by step");
  const share = ({ lines }: Profile) => lines.reduce((sum, line) => sum + line.share, 0);
  expect(share(prefill)).toBeCloseTo(1, 10);
  expect(share(decode)).toBeCloseTo(1, 10);
  const calls = ({ lines }: Profile) => lines.map(({ op, calls }) => `${calls} ${op}`).sort();
  expect(calls(decode)).toEqual([
    "1 embed",
    "1 matmul logits",
    "2 attention",
    "2 geglu",
    "2 kvWrite",
    ...["down", "gate", "k", "o", "q", "up", "v"].map((name) => `2 matmul ${name}_proj`),
    "4 add",
    "4 rope",
    "5 rmsNorm",
  ]);
  expect(calls(prefill)).toContain("4 geglu"); // in two passes
  subject.dispose();
  model.dispose();
});

it("chooses the next token where the backend finds it, as greedy generation does", async () => {
  const backend = cpuBackend({ maxRows: 8 });
  const read: number[] = [];
  const { read: readRows } = backend;
  backend.read = (src, rows, signal) => {
    read.push(rows.count);
    return readRows(src, rows, signal);
  };
  let found = 0;
  backend.top = async (_src, { count }) => {
    found += count;
    return new Float32Array(3 * count);
  };
  const model = await Model.load({
    config,
    tensors: syntheticWeights(config, "bfloat16"),
    backend,
  });
  const load = { prefill: 6, decode: 3, batch: 2, position: 1 };
  const subject = await Subject.create(model, load);
  await subject.prefill();
  await subject.decode();
  expect(found).toBe(1 + 3 * 2);
  expect(read.filter((count) => count > 0)).toEqual([]); // no row of logits
  subject.dispose();
  model.dispose();
});

it("counts the operations of a prompt", () => {
  // Two layers of q 2·16, k and v 16, o 32 rows or columns by 32, and three times 64; logits of 100; 2 heads of 16.
  const weights = 2 * (32 * 32 + 2 * 16 * 32 + 32 * 32 + 3 * 64 * 32);
  const seen = 1 + 2 + 3;
  expect(prefillOperations(config, 3)).toBe(2 * 3 * weights + 2 * 100 * 32 + 4 * 2 * 16 * seen * 2);
});
