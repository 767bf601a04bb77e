/**
 * llama.cpp and this library on the same weights, in turn: a prompt of 137 tokens, then 16 steps of decoding.
 *
 *     (cd bench/peers && npm install) && npx tsx bench/peers/llama-cpp-speed.ts [--types Q8_0,BF16] [--layers 4]
 *         [--threads 2] [--rounds 5] [--activations int8] [--write]
 *
 * `--layers 18` is the whole 2B: with BF16 it takes 10 GB of memory, and 5 GB of disk.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { comparisonOptions, conclude, pause, Rates } from "./comparison.ts";
import { ourSubject } from "./ours.ts";
import type { Comparison } from "./report.ts";
import { type GgufType, slice2b, weightsIn, writeSyntheticGguf } from "./synthetic-gguf.ts";

/** The parts of node-llama-cpp that are used. Only this folder installs it. */
interface Sequence {
  clearHistory(): Promise<void>;
  evaluate(tokens: number[], options: object): AsyncIterable<number>;
}
interface LlamaModel {
  createContext(options: object): Promise<{ getSequence(): Sequence; dispose(): Promise<void> }>;
  dispose(): Promise<void>;
}
interface Llama {
  loadModel(options: { modelPath: string }): Promise<LlamaModel>;
}

const PROMPT = 137;
const STEPS = 16;
const { threads, rounds, layers, types, activations, write } = comparisonOptions();

const peer = "node-llama-cpp"; // a variable, so that this compiles without it
const { getLlama, LlamaLogLevel } = await import(peer);
const quiet = { gpu: false, build: "never", logLevel: LlamaLogLevel.error, maxThreads: threads };
const llama: Llama = await getLlama(quiet);

/** Seconds of a prompt, and of all steps behind it. */
async function theirRound(sequence: Sequence, round: number): Promise<[number, number]> {
  await sequence.clearHistory();
  const ids = Array.from({ length: PROMPT }, (_, i) => 1000 + ((i * 7919 + round * 31) % 250_000));
  const times = [performance.now()];
  for await (const _ of sequence.evaluate(ids, { temperature: 0 })) {
    if (times.push(performance.now()) === STEPS + 2) break; // the first token is that of the prompt
  }
  return [(times[1] - times[0]) / 1000, (times[STEPS + 1] - times[1]) / 1000];
}

const config = slice2b(layers);
const scratch = mkdtempSync(join(tmpdir(), "llama-cpp-speed-"));
const comparisons: Comparison[] = [];
try {
  for (const type of (types.length > 0 ? types : ["Q8_0", "BF16"]) as GgufType[]) {
    const path = join(scratch, `${type}.gguf`);
    await writeSyntheticGguf(path, type, config);
    const model = await llama.loadModel({ modelPath: path });
    const context = await model.createContext({ contextSize: 512, batchSize: 512, threads });
    const sequence = context.getSequence();
    const load = { prefill: PROMPT, decode: STEPS, batch: 1, position: PROMPT };
    const tensors = weightsIn(type, config);
    const ours = await ourSubject({ threads, activations }, { config, tensors }, load);
    const rates = new Rates();
    for (let round = 0; round < rounds; round++) {
      await pause();
      const [prefill, decode] = await theirRound(sequence, round);
      rates.add("their prefill", PROMPT / prefill);
      rates.add("their decode", STEPS / decode);
      await pause();
      rates.add("prefill", PROMPT / (await ours.prefill()));
      rates.add("decode", STEPS / (await ours.decode()));
    }
    const named = activations === undefined ? "" : `, activations ${activations}`;
    const flags = activations === undefined ? "" : ` --activations ${activations}`;
    const command = `npx tsx bench/peers/llama-cpp-speed.ts --types ${type} --layers ${layers} --threads ${threads}${flags}`;
    for (const what of ["prefill", "decode"]) {
      comparisons.push({
        ...{ peer: "llama.cpp", what: `${what}, ${type}, ${layers} layers${named}` },
        ...{ ours: rates.best(what), theirs: rates.best(`their ${what}`) },
        ...{ unit: "tokens/s", command },
      });
    }
    await context.dispose();
    await model.dispose();
    ours.model.dispose();
    ours.model.backend.dispose();
    rmSync(path);
  }
} finally {
  rmSync(scratch, { recursive: true });
}
conclude(comparisons, write);
process.exit(0);
