/** Looking inside on WebGPU: every tap, in passes of fewer rows than the text has, and each put back. */
import { describe, expect, it } from "vitest";
import { webgpuBackend } from "../../../src/backend/webgpu/webgpu.ts";
import { relativeError } from "../../../src/conformance/metrics.ts";
import { runWithCache, runWithHooks } from "../../../src/interp/run/run-with-cache.ts";
import { tapNames } from "../../../src/model/taps.ts";
import { tensor } from "../../../src/tensor/tensor.ts";
import { load, loadOn, promptIds } from "../../support/goldens.ts";
import { GPU_HERE } from "../../support/webgpu.ts";

describe.skipIf(!GPU_HERE)("hooks on WebGPU", { timeout: 900_000 }, () => {
  it("see every tap, and change no bit where they put it back", async () => {
    const ids = promptIds("gqa", "prompt-40");
    const backend = await webgpuBackend({ maxRows: 16 });
    const model = await loadOn("gqa", backend);
    const cache = await runWithCache(model, ids);
    expect(new Set(cache.names)).toEqual(new Set(tapNames(model.config)));
    const truth = await runWithCache(await load("gqa", "float64"), ids);
    for (const [name, x] of cache) {
      const finite = (values: ArrayLike<number>) => Array.from(values, (v) => Math.max(v, -1e3));
      // Of class float32-relaxed: sums of up to 200 products, in some order of its own, through two blocks.
      expect(relativeError(finite(x.data), finite(truth.get(name).data)), name).toBeLessThan(1e-4);
    }
    const { data } = await model.forward(ids, model.createCache(), { logits: "all" });
    expect(cache.logits?.data).toEqual(data);
    const same = await runWithHooks(model, ids, [[/./, (x) => tensor(x.data.slice(), x.shape)]]);
    expect(same.data).toEqual(data);
    const hooks = { "blocks.0.attn.hook_pattern": (x: typeof same) => void x.data.fill(0) };
    const changed = await runWithCache(model, ids, { hooks, names: "attn.hook_z", layers: 0 });
    expect(changed.get("blocks.0.attn.hook_z").data.every((z) => z === 0)).toBe(true);
    model.dispose();
    backend.dispose();
  });
});
