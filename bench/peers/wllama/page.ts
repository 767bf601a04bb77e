/** Both programs in a page. `wllama.ts` bundles this, and calls what it exports. */
import type { Activations } from "../../../src/backend/wasm/wasm.ts";
import type { Subject } from "../../../src/bench/subject.ts";
import { openCheckpoint } from "../../../src/checkpoint/open.ts";
import { ourSubject } from "../ours.ts";

/** Tokens a second, as llama.cpp measures them, and the tokens of the prompt. */
export interface TheirRound {
  readonly prefill: number;
  readonly decode: number;
  readonly tokens: number;
}

/** Seconds. */
export interface OurRound {
  readonly prefill: number;
  readonly decode: number;
}

/** The parts of wllama that are used. */
interface Wllama {
  loadModel(blobs: readonly Blob[], options: object): Promise<void>;
  getNumThreads(): number;
  createCompletion(options: object): Promise<{
    readonly timings: {
      readonly prompt_n: number;
      readonly prompt_per_second: number;
      readonly predicted_per_second: number;
    };
  }>;
}

let file: Blob | undefined;
let theirs: Wllama | undefined;
let ours: Subject | undefined;

const model = async () => {
  file ??= await (await fetch("/model.gguf")).blob();
  return file;
};

export async function openTheirs({ threads }: { readonly threads: number }): Promise<void> {
  const path = "/wllama.js"; // a variable, so that nobody bundles it
  const { Wllama } = await import(path);
  const wllama: Wllama = new Wllama({ default: "/wllama.wasm" }, { suppressNativeLog: true });
  const sizes = { n_ctx: 512, n_batch: 512, n_parallel: 1 };
  await wllama.loadModel([await model()], { ...sizes, n_threads: threads, n_gpu_layers: 0 });
  if (wllama.getNumThreads() !== threads) {
    throw new Error(`wllama runs on ${wllama.getNumThreads()} threads, not on ${threads}`);
  }
  theirs = wllama;
}

/** A prompt that begins as no other one does: llama.cpp would not compute it again. */
export async function theirRound(options: {
  readonly round: number;
  readonly steps: number;
}): Promise<TheirRound> {
  if (!theirs) throw new Error("wllama is not open");
  const prompt = `${options.round} ${"the ".repeat(134)}`;
  const greedy = { temperature: 0, top_k: 1, ignore_eos: true };
  const { timings } = await theirs.createCompletion({
    prompt,
    max_tokens: options.steps + 1, // the first is that of the prompt
    ...greedy,
  });
  return {
    prefill: timings.prompt_per_second,
    decode: timings.predicted_per_second,
    tokens: timings.prompt_n,
  };
}

export async function openOurs(options: {
  readonly threads: number;
  readonly activations?: Activations;
  readonly prompt: number;
  readonly steps: number;
}): Promise<void> {
  const { config, tensors } = await openCheckpoint(await model());
  const { prompt, steps } = options;
  const load = { prefill: prompt, decode: steps, batch: 1, position: prompt };
  ours = await ourSubject(options, { config, tensors }, load);
}

export async function ourRound(): Promise<OurRound> {
  if (!ours) throw new Error("ours is not open");
  return { prefill: await ours.prefill(), decode: await ours.decode() };
}
