/** Heads on WebGPU: what is derived from its queries and keys, and hooks that change what its kernels wrote. */
import { describe, expect, it } from "vitest";
import { webgpuBackend } from "../../../src/backend/webgpu/webgpu.ts";
import { maxError } from "../../../src/conformance/metrics.ts";
import { attentionStages } from "../../../src/interp/heads/attention-maps.ts";
import { ablateHead } from "../../../src/interp/interventions/ablation.ts";
import { patchWith } from "../../../src/interp/interventions/patch-with.ts";
import { patchingSweep } from "../../../src/interp/interventions/patching.ts";
import { runWithCache, runWithHooks } from "../../../src/interp/run/run-with-cache.ts";
import { load, loadOn, promptIds } from "../../support/goldens.ts";
import { GPU_HERE } from "../../support/webgpu.ts";

describe.skipIf(!GPU_HERE)("heads on WebGPU", { timeout: 900_000 }, () => {
  it("have maps, are ablated and patched as on the reference", async () => {
    const ids = promptIds("gqa", "prompt-7");
    const backend = await webgpuBackend();
    const model = await loadOn("gqa", backend);
    const exact = await load("gqa", "float64");
    const which = { layer: 1, head: 4 };
    const { pattern } = await attentionStages(model, ids, which);
    const truth = await attentionStages(exact, ids, which);
    // Of class float32-relaxed, through one block and a half.
    expect(maxError(pattern.data, truth.pattern.data)).toBeLessThan(1e-4);
    const cache = await runWithCache(model, ids, { names: ["blocks.0.attn.hook_z", "logits"] });
    const own = patchWith(cache, "blocks.0.attn.hook_z");
    const hooks = [...ablateHead(0, 3), ...own];
    expect((await runWithHooks(model, ids, hooks)).data).toEqual(cache.logits?.data);
    const corrupted = ids.map((id, t) => (t === 3 ? id + 1 : id));
    const metric = { correct: 11, wrong: 200 };
    const options = { clean: ids, corrupted, metric, sites: "z", layers: 0 } as const;
    const [here, there] = [
      await patchingSweep(model, options),
      await patchingSweep(exact, options),
    ];
    // Differences of logits, which are of size 1.
    expect(maxError(here.sites.z.raw.data, there.sites.z.raw.data)).toBeLessThan(1e-4);
    model.dispose();
    backend.dispose();
  });
});
