/** Runs that keep intermediates, on every backend that runs here. */
import { describe, expect, it } from "vitest";
import type { Backend } from "../../src/backend/backend.ts";
import { cpuBackend } from "../../src/backend/cpu/cpu.ts";
import { wasmBackend } from "../../src/backend/wasm/wasm.ts";
import { runWithCache } from "../../src/interp/run-with-cache.ts";
import { Model } from "../../src/model/model.ts";
import { tapNames } from "../../src/model/taps.ts";
import { checkpoint, promptIds } from "../support/goldens.ts";

const ids = promptIds("gqa", "prompt-40");

const BACKENDS: readonly [name: string, make: () => Promise<Backend>][] = [
  ["cpu in float64", async () => cpuBackend({ precision: "float64", maxRows: 16 })],
  ["cpu in float32", async () => cpuBackend({ precision: "float32", maxRows: 16 })],
  ["cpu in bfloat16", async () => cpuBackend({ precision: "bfloat16", maxRows: 16 })],
  ["wasm", async () => wasmBackend({ threads: 1, maxRows: 16 })],
];

async function on(make: () => Promise<Backend>): Promise<Model> {
  const { config, tensors } = await checkpoint("gqa");
  return Model.load({ config, tensors, backend: await make() });
}

describe("runWithCache", () => {
  it.each(BACKENDS)("%s: every tap, of more rows than a pass has", async (_, make) => {
    const model = await on(make);
    const cache = await runWithCache(model, ids);
    expect(new Set(cache.names)).toEqual(new Set(tapNames(model.config)));
    const { data } = await model.forward(ids, model.createCache(), { logits: "all" });
    expect(cache.logits?.data).toEqual(data);
  });
});
