/**
 * Fixture models and the goldens made from them with gemma_pytorch (fixtures/README.md). Everything
 * is read from disk once per spec file.
 */
import type { Backend, Handles } from "../../src/backend/backend.ts";
import { type CpuHandles, cpuBackend } from "../../src/backend/cpu/cpu.ts";
import type { Checkpoint } from "../../src/checkpoint/checkpoint.ts";
import type { NpyArray } from "../../src/checkpoint/numpy/npy.ts";
import { readNpz } from "../../src/checkpoint/numpy/npz.ts";
import { openHfFolder } from "../../src/checkpoint/safetensors/open.ts";
import { Model } from "../../src/model/model.ts";
import { bfloat16ToFloat32 } from "../../src/tensor/bfloat16.ts";
import type { PrecisionName } from "../../src/tensor/precision.ts";
import { fixtureFolder, readFile } from "./files.ts";

/** Random weights, with a trace of every intermediate. */
export const NANO_MODELS = ["mqa", "mha-wide-heads", "gqa"] as const;
export const NANO_PROMPTS = ["prompt-1", "prompt-7", "prompt-40"] as const;
/** Trained. */
export const STORY_MODELS = {
  "tiny-stories": ["prompt-0", "prompt-1", "prompt-2"],
  "tiny-stories-it": ["prompt-0", "prompt-1", "prompt-2", "prompt-3"],
} as const;
/** Each model with each of its prompts. */
export const ALL_PROMPTS: readonly (readonly [string, string])[] = [
  ...NANO_MODELS.flatMap((model) => NANO_PROMPTS.map((prompt) => [model, prompt] as const)),
  ...Object.entries(STORY_MODELS).flatMap(([model, prompts]) =>
    prompts.map((prompt) => [model, prompt] as const),
  ),
];

/** The bytes of a file in fixtures/. */
export function readFixture(path: string): Uint8Array {
  return readFile(`fixtures/${path}`);
}

export function readJson<T>(path: string): T {
  return JSON.parse(new TextDecoder().decode(readFixture(path))) as T;
}

const npz = new Map<string, Map<string, NpyArray>>();

/** The arrays of a golden file. */
export function goldens(path: string): Map<string, NpyArray> {
  const known = npz.get(path);
  if (known) return known;
  const read: Map<string, NpyArray> = readNpz(readFixture(path), path);
  npz.set(path, read);
  return read;
}

/** One array of a golden file as float64; bfloat16 bit patterns are widened. */
export function golden(path: string, name: string): Float64Array {
  const array = goldens(path).get(name);
  if (!array) throw new Error(`${path} has no "${name}"`);
  const values = new Float64Array(array.data as ArrayLike<number>);
  return name.endsWith(".bf16") ? values.map(bfloat16ToFloat32) : values;
}

/** The prompt's token ids. */
export function promptIds(model: string, prompt: string): number[] {
  return Array.from(golden(`${model}/${prompt}.npz`, "ids"));
}

const checkpoints = new Map<string, Promise<Checkpoint>>();

/** A fixture, opened once for all specs: so who disposes a Gemma made of it does not close it. */
export function checkpoint(model: string): Promise<Checkpoint> {
  const known = checkpoints.get(model);
  if (known) return known;
  const opened = openHfFolder(fixtureFolder(model)).then((own) => ({
    ...own,
    close: async () => {},
  }));
  checkpoints.set(model, opened);
  return opened;
}

/** A fixture model on a backend. */
export async function loadOn<Dev extends Handles>(
  name: string,
  backend: Backend<Dev>,
): Promise<Model<Dev>> {
  const { config, tensors } = await checkpoint(name);
  return Model.load({ config, tensors, backend, name });
}

/** A fixture model on the reference backend. */
export function load(
  name: string,
  precision: PrecisionName,
  maxRows = 64,
): Promise<Model<CpuHandles>> {
  return loadOn(name, cpuBackend({ precision, maxRows }));
}

/** Logits of a prompt, all rows: [T, V]. */
export async function promptLogits<Dev extends Handles>(
  model: Model<Dev>,
  ids: readonly number[],
): Promise<Float64Array> {
  const cache = model.createCache({ contextLength: ids.length });
  const { data } = await model.forward(ids, cache, { logits: "all" });
  return Float64Array.from(data);
}
