/**
 * What is planted comes out: the documents of fixtures/evaluation/planted, 1 to 64 times each, and canaries, among stories; a model of 230,000 weights from scratch
 * that learns them; an audit of it.
 */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import {
  Audit,
  type AuditRow,
  documentsFrom,
  drawCanaries,
  type Exposure,
  estimateMemorization,
  exposureOf,
  type MemorizationEstimate,
  repeated,
} from "../../src/audit/index.ts";
import { simdMatmuls } from "../../src/backend/wasm/matmuls/simd-matmuls.ts";
import { openHfFolder } from "../../src/checkpoint/safetensors/open.ts";
import { eosTokenIds } from "../../src/config.ts";
import { Evaluator } from "../../src/evaluation/requests/evaluator.ts";
import { Gemma } from "../../src/gemma.ts";
import { openFolder } from "../../src/node/folder.ts";
import { bytesSource } from "../../src/source/byte-source.ts";
import { Tokenizer } from "../../src/tokenizer/tokenizer.ts";
import {
  documentSequences,
  type MixtureReport,
  mixedBatches,
  openRows,
  readTokens,
  type SequenceList,
  textSequence,
} from "../../src/training/data/index.ts";
import { adamW } from "../../src/training/optimizer/adamw.ts";
import { warmupCosine } from "../../src/training/optimizer/schedule.ts";
import { train } from "../../src/training/run/trainer.ts";
import { TrainableModel } from "../../src/training/trainable.ts";
import type { TrainingSequence } from "../../src/training/trains.ts";

/** How often each canary is planted; two of each. */
const REPEATS = [1, 2, 4, 8, 16, 32, 64];

const BATCH = 4;

/** Times that the run goes through all of its data. A document of n repeats is seen about EPOCHS · n times. */
const EPOCHS = 3;

const path = (file: string) => fileURLToPath(new URL(`../../fixtures/${file}`, import.meta.url));
const bytesOf = (file: string) => new Uint8Array(readFileSync(path(file)));

/** What a run has come to. */
export interface PlantedRun {
  /** Of prompts of 50 tokens. */
  readonly estimate: MemorizationEstimate;
  /** Of each canary. */
  readonly exposures: readonly Exposure[];
  /** Of two that were drawn like the others, and are not planted. */
  readonly unseen: readonly Exposure[];
  /** What was drawn in training. */
  readonly drawn: MixtureReport;
  /** Seconds of each part. */
  readonly seconds: { readonly training: number; readonly audit: number };
}

/** Draws canaries, trains, audits: AdamW at 3e-3, 50 steps of warm-up, a cosine down to a tenth. All follows from the seed. */
export async function plantAndAudit(seed: number): Promise<PlantedRun> {
  const { config, close } = await openHfFolder(openFolder(path("evaluation/planted")));
  await close();
  const teller = await openHfFolder(openFolder(path("tiny-stories")));
  await teller.close();
  const { tokenizer: file } = teller;
  if (!file) throw new Error("tiny-stories has lost its tokenizer");
  const tokenizer = new Tokenizer(file.model(), file.name);
  const [eos] = eosTokenIds(config);
  const sequenceOf = (text: string) =>
    textSequence([config.bosTokenId, ...tokenizer.encode(text), eos]);
  const rows = bytesSource(bytesOf("evaluation/planted/documents.jsonl"), "documents.jsonl");
  const documents = await documentsFrom(openRows(rows, { kind: "text" }));
  const control = documents.filter(({ repeats }) => repeats === 0);
  const planted = documents.filter(({ repeats }) => repeats !== 0);
  const all = drawCanaries({ repeats: [0, ...REPEATS], each: 2, seed });
  const texts = [
    ...documents.flatMap((one) => ("text" in one ? [{ ...one, repeats: one.repeats ?? 1 }] : [])),
    ...all.map(({ document, repeats }) => ({ text: document, repeats })),
  ];
  const corpus = readTokens(bytesOf("learning/pretraining/corpus.npz"), { vocabSize: 1024 });
  const sources: Record<string, SequenceList> = {
    stories: documentSequences(corpus.get("stories.train") as Uint16Array),
    planted: repeated<TrainingSequence>(
      texts.map(({ text }) => sequenceOf(text)),
      texts.map(({ repeats }) => repeats),
    ),
  };

  const began = performance.now();
  const weights = Object.fromEntries(
    Object.entries(sources).map(([name, { length }]) => [name, length]),
  );
  const steps = Math.round((EPOCHS * (weights.stories + weights.planted)) / BATCH);
  const stages = [{ from: 0, weights }];
  const batches = mixedBatches(sources, { stages, steps, batchSize: BATCH, seed });
  const model = await TrainableModel.random(config, { seed, matmuls: simdMatmuls() });
  const optimizer = adamW({ beta2: 0.95, weightDecay: 0.1 });
  const schedule = warmupCosine({ steps, warmup: 50, peak: 3e-3, floor: 0.1 });
  for await (const { loss } of train(model, batches, { optimizer, schedule, maxNorm: 1 })) {
    if (!Number.isFinite(loss)) throw new Error("the run has diverged");
  }

  const trained = performance.now();
  const checkpoint = { name: "planted", config, tokenizer: file, close: async () => {} };
  const gemma = await Gemma.load({ ...checkpoint, tensors: model.tensors() }, { backend: "wasm" });
  const evaluator = new Evaluator(gemma);
  const found: AuditRow[] = [];
  for await (const row of new Audit(evaluator, planted, { control }).rows()) found.push(row);
  const [estimate] = estimateMemorization(found);
  const exposures: Exposure[] = [];
  for (const { document: _, ...canary } of all) exposures.push(await exposureOf(evaluator, canary));
  gemma.dispose();
  return {
    estimate,
    exposures: exposures.filter(({ repeats }) => repeats !== 0),
    unseen: exposures.filter(({ repeats }) => repeats === 0),
    drawn: batches.report(),
    seconds: {
      training: (trained - began) / 1000,
      audit: (performance.now() - trained) / 1000,
    },
  };
}
