/**
 * Do the GGUF files that we write run in llama.cpp, with the same ids and the same greedy text as here?
 *
 *     (cd bench/peers && npm install) && npx tsx bench/peers/llama-cpp.ts
 *
 * Exit code 1 if an id differs, or if a text differs although both compute with the same weights. For
 * quantised types llama.cpp rounds the activations to 8 bits too, so there a difference is shown and not judged.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { writeGguf } from "../../src/checkpoint/gguf/write.ts";
import { openCheckpoint } from "../../src/checkpoint/open.ts";
import { Gemma } from "../../src/gemma.ts";
import { openFolder } from "../../src/node/folder.ts";

/** The parts of node-llama-cpp that are used. Only this folder installs it. */
interface LlamaModel {
  readonly tokens: { readonly bos: number; readonly eos: number };
  tokenize(text: string, specialTokens: boolean): number[];
  detokenize(tokens: readonly number[]): string;
  createContext(options: { contextSize: number; threads: number }): Promise<{
    getSequence(): { evaluate(tokens: number[], options: object): AsyncIterable<number> };
    dispose(): Promise<void>;
  }>;
  dispose(): Promise<void>;
}
interface Llama {
  loadModel(options: { modelPath: string }): Promise<LlamaModel>;
}

const peer = "node-llama-cpp"; // a variable, so that this compiles without it
const { getLlama, LlamaLogLevel } = await import(peer);
const llama: Llama = await getLlama({ gpu: false, build: "never", logLevel: LlamaLogLevel.error });

const QUESTIONS = [
  "Tell me a story about Mira the fox.",
  "What is 3 plus 4?",
  "What is the opposite of hot?",
  "Tell me a story about Sam the crow.",
];
const tiny = fileURLToPath(new URL("../../fixtures/tiny-stories-it", import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), "llama-cpp-"));
let differing = 0;
for (const type of ["F32", "F16", "BF16", "Q8_0", "Q4_0"] as const) {
  const path = join(scratch, `${type}.gguf`);
  const checkpoint = await openCheckpoint(openFolder(tiny));
  const chunks: Uint8Array[] = [];
  for await (const chunk of writeGguf(checkpoint, { type }).chunks()) chunks.push(chunk);
  writeFileSync(path, Buffer.concat(chunks));
  await checkpoint.close();

  const gemma = await Gemma.load(path);
  const model = await llama.loadModel({ modelPath: path });
  for (const question of QUESTIONS) {
    const prompt = `<start_of_turn>user\n${question}<end_of_turn>\n<start_of_turn>model\n`;
    const ids = [model.tokens.bos, ...model.tokenize(prompt, true)];
    const ours = await gemma.generate(prompt, { maxTokens: 60 }).text();
    const context = await model.createContext({ contextSize: 256, threads: 1 });
    const answer: number[] = [];
    for await (const token of context.getSequence().evaluate(ids, { temperature: 0 })) {
      if (token === gemma.tokenizer?.endOfTurnId || token === model.tokens.eos) break;
      if (answer.push(token) === 60) break;
    }
    await context.dispose();
    const theirs = model.detokenize(answer);
    const sameIds = ids.join() === gemma.encode(prompt).join();
    const sameText = ours.trim() === theirs.trim();
    const isJudged = !type.startsWith("Q");
    if (!sameIds || (isJudged && !sameText)) differing++;
    const verdict = `ids ${sameIds ? "same" : "DIFFER"}, text ${sameText ? "same" : "differs"}`;
    console.log(`${type.padEnd(5)} ${question.padEnd(38)} ${verdict}`);
    if (!sameText) console.log(`      ours:   ${ours}\n      theirs: ${theirs}`);
  }
  await gemma.dispose();
  await model.dispose();
}
rmSync(scratch, { recursive: true });
process.exit(differing > 0 ? 1 : 0);
