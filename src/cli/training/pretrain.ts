/**
 * `train`: a corpus read, mixed, and learnt.
 * @module
 */
import { readFile } from "node:fs/promises";
import type { Checkpoint } from "../../checkpoint/checkpoint.ts";
import { openTokenizer } from "../../checkpoint/open-tokenizer.ts";
import { tokenizerFile } from "../../checkpoint/tokenizer-file.ts";
import { eosTokenIds, type GemmaConfig } from "../../config.ts";
import { refusals } from "../../errors.ts";
import { fromHfConfig } from "../../hf-config.ts";
import { tokenizerOf } from "../../load.ts";
import { systemError } from "../../node/system-error.ts";
import { tinyModelPath } from "../../node/tiny-model.ts";
import { parseJsonObject } from "../../source/json.ts";
import type { Tokenizer } from "../../tokenizer/tokenizer.ts";
import { mixedBatches } from "../../training/data/mixture/mixed-batches.ts";
import type { SequenceList } from "../../training/data/tokens/sequences.ts";
import { LOSS_VIEW } from "../../training/report/view.ts";
import { train } from "../../training/run/trainer.ts";
import { validated } from "../../training/run/validation.ts";
import { TrainableModel } from "../../training/trainable.ts";
import type { TrainingSequence } from "../../training/trains.ts";
import {
  type COMMON_OPTIONS,
  integerOption,
  numberOption,
  UsageError,
  type Values,
} from "../command.ts";
import type { Io } from "../io.ts";
import { openSource } from "../open-model.ts";
import { modelName } from "../options/model.ts";
import { styleFor } from "../terminal/style.ts";
import { readSequences } from "./data.ts";
import { assertOutputs, type Job, learn, writeLearner } from "./learn.ts";
import { learnerOptions, withOpened } from "./learner.ts";
import type { LEARNING_OPTIONS, TRAIN_OPTIONS } from "./options.ts";
import {
  type LearningSettings,
  learningSettings,
  optimizerOf,
  planned,
  scheduleOf,
} from "./settings.ts";
import { askedSources, mixtureStages } from "./sources.ts";
import { learntText, lineOf } from "./text.ts";

type TrainValues = Values<typeof TRAIN_OPTIONS & typeof LEARNING_OPTIONS & typeof COMMON_OPTIONS>;

/** A model to begin with. */
interface Beginning {
  /** Its files, without weights if it has learnt nothing. */
  readonly checkpoint: Checkpoint;
  readonly tokenizer: Tokenizer;
  make(): Promise<TrainableModel>;
}

const STD = { as: "a number above 0", includes: (x: number) => x > 0 };

/** @throws {UsageError} for options that do not go together. */
export async function pretrain(
  data: readonly string[],
  values: TrainValues,
  io: Io,
): Promise<void> {
  const settings = learningSettings(values);
  const std = numberOption("std", values.std, STD);
  const tokens = integerOption("tokens", values.tokens, 1) ?? 256;
  const asked = askedSources(data);
  const stages = mixtureStages(values.mixture ?? []);
  if (values.config === undefined && (std !== undefined || values.tokenizer !== undefined)) {
    throw new UsageError(`--${std === undefined ? "tokenizer" : "std"} needs --config`);
  }
  if (values.out === undefined) {
    throw new UsageError("expected --out DIR, a folder for the run and the model");
  }
  await assertOutputs(values);
  await withBeginning(values, { std, settings }, io, async (beginning) => {
    const { config } = beginning.checkpoint;
    if (tokens + 1 > config.maxPositionEmbeddings) {
      const most = config.maxPositionEmbeddings - 1;
      throw new UsageError(
        `--tokens expects at most ${most}, as the model has positions for, got ${tokens}`,
      );
    }
    const cut = {
      tokens,
      documents: values.documents ?? false,
      vocabSize: config.vocabSize,
      bosTokenId: config.bosTokenId,
      eosTokenId: eosTokenIds(config)[0],
      signal: io.signal,
    };
    const sources: Record<string, SequenceList> = {};
    const hashes: Record<string, string> = {};
    for (const source of asked) {
      const read = await readSequences(source, beginning.tokenizer, cut);
      [sources[source.name], hashes[source.name]] = [read.data, read.sha256];
    }
    const validSource = values.valid === undefined ? [] : askedSources([values.valid]);
    const valid: TrainingSequence[] = [];
    for (const source of validSource) {
      const { data: held } = await readSequences(source, beginning.tokenizer, cut);
      for (let i = 0; i < held.length; i++) valid.push(held.at(i) as TrainingSequence);
    }
    const whole = Object.values(sources).reduce((sum, { length }) => sum + length, 0);
    const batch = settings.batch ?? 8;
    const usual = { batch, steps: Math.ceil(whole / batch), lr: 3e-4, decay: 0.1 };
    const plan = planned(settings, usual);
    const bySize = Object.fromEntries(
      Object.entries(sources).map(([name, { length }]) => [name, length]),
    );
    const mixture = stages.length > 0 ? stages : [{ from: 0, weights: bySize }];
    const { optimizer, clip, seed, precision } = settings;
    const from = values.config === undefined ? modelName(values.model) : "from scratch";
    const named = { command: "train", model: from, data: hashes, tokens, documents: cut.documents };
    const model = await beginning.make();
    const job: Job = {
      title: `${from === "from scratch" ? "A model from scratch" : from}, trained on ${Object.keys(sources).join(", ")}`,
      settings: JSON.parse(
        JSON.stringify({ ...named, mixture, ...plan, optimizer, clip, seed, precision, std }),
      ),
      view: LOSS_VIEW,
      steps: (kept) => {
        const batches = mixedBatches(sources, {
          stages: mixture,
          steps: plan.steps,
          batchSize: plan.batch,
          seed,
        });
        const optimizer = optimizerOf(settings, plan);
        const run = train(model, batches, {
          optimizer,
          schedule: scheduleOf(plan),
          maxNorm: clip,
          ...kept,
        });
        const { validEvery } = settings;
        return validated(run, model, { valid, validEvery, signal: io.signal });
      },
      write: (out) => writeLearner(out, { model, checkpoint: beginning.checkpoint }, settings),
    };
    const learnt = await learn(job, values, settings, io);
    if (values.json) return await io.stdout.write(lineOf(values.out));
    await io.stdout.write(learntText(learnt, styleFor(io)));
    await io.stdout.write(`Let it go on: ${io.program} generate --model ${values.out} 'Once'\n`);
  });
}

async function withBeginning<T>(
  values: TrainValues,
  { std, settings }: { std: number | undefined; settings: LearningSettings },
  io: Io,
  work: (beginning: Beginning) => Promise<T>,
): Promise<T> {
  const options = learnerOptions(settings, values.recompute, io.signal);
  const { config: file } = values;
  if (file === undefined) {
    return await withOpened(values.model, io, ({ checkpoint, tokenizer }) =>
      work({ checkpoint, tokenizer, make: () => TrainableModel.from(checkpoint, options) }),
    );
  }
  const config = await readConfig(file);
  const source = await openSource(values.tokenizer ?? tinyModelPath(), io, { download: true });
  const own = await openTokenizer(source, { signal: io.signal });
  const checkpoint: Checkpoint = {
    name: file,
    config,
    tensors: new Map(),
    tokenizer: tokenizerFile(own.vocabulary.model, file),
    close: async () => {},
  };
  const tokenizer = tokenizerOf(checkpoint) as Tokenizer;
  const make = () => TrainableModel.random(config, { ...options, seed: settings.seed, std });
  return await work({ checkpoint, tokenizer, make });
}

async function readConfig(file: string): Promise<GemmaConfig> {
  const bytes = await readFile(file).catch((error) => {
    throw systemError(refusals("train", file), "a config.json", error);
  });
  return fromHfConfig(parseJsonObject(new Uint8Array(bytes), "train", file), file);
}
