/**
 * A small model whose six heads share two keys, with Google's logits for seven tokens (fixtures/gqa): it sees what the
 * bundled model, with one key for all heads, cannot.
 * @module
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { readNpz } from "../../../src/checkpoint/numpy/npz.ts";
import { openHfFolder } from "../../../src/checkpoint/safetensors/open.ts";
import type { GemmaConfig } from "../../../src/config.ts";
import { Engine, type Parts } from "../../../src/conformance/engine/engine.ts";
import { readWeights } from "../../../src/conformance/engine/weights.ts";
import { maxAbs, maxError } from "../../../src/conformance/metrics.ts";
import { GoldenArrays } from "../../../src/exercises/materials.ts";
import { fixturesPath } from "../../../src/node/exercise-files.ts";
import { openFolder } from "../../../src/node/folder.ts";

export interface Groups {
  readonly config: GemmaConfig;
  /** The largest of Google's logits, without its sign. */
  readonly largest: number;
  /** How far the logits are from Google's, with `parts` changed. */
  distance(parts: Parts): number;
}

export async function openGroups(): Promise<Groups> {
  const folder = join(fixturesPath(), "gqa");
  const checkpoint = await openHfFolder(openFolder(folder));
  const { config, tensors } = checkpoint;
  const model = await readWeights(config, tensors);
  await checkpoint.close();
  const file = "prompt-7.npz";
  const golden = new GoldenArrays(file, readNpz(readFileSync(join(folder, file)), file));
  const ids = Array.from(golden.numbers("ids"));
  const logits = golden.numbers("logits.f64");
  return {
    config,
    largest: maxAbs(logits),
    distance(parts) {
      const { data = [] } = new Engine(model, parts).feed(ids, 0).get("logits") ?? {};
      return maxError(data, logits);
    },
  };
}
