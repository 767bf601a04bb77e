/**
 * `sft`: rows read, a model tuned on them, its answers before and after.
 * @module
 */
import { basename } from "node:path";
import { Gemma } from "../../gemma.ts";
import { demoTalesPath } from "../../node/training/demo-tales.ts";
import { LOSS_VIEW } from "../../training/report/view.ts";
import { type TunedAnswers, tunedAnswers } from "../../tuning/answers.ts";
import type { TrainOn, TuningRow } from "../../tuning/conversation.ts";
import { fittingExamples, sft } from "../../tuning/sft.ts";
import { type COMMON_OPTIONS, choiceOption, UsageError, type Values } from "../command.ts";
import type { Io } from "../io.ts";
import { modelName } from "../options/model.ts";
import { styleFor } from "../terminal/style.ts";
import { readConversations } from "./data.ts";
import { assertOutputs, type Job, learn, writeLearner } from "./learn.ts";
import { type OpenedModel, withOpened } from "./learner.ts";
import type { LEARNING_OPTIONS, SFT_OPTIONS, TUNING_OPTIONS } from "./options.ts";
import { learningSettings, optimizerOf, planned, scheduleOf } from "./settings.ts";
import { answersText, demoBegin, learntText, lineOf } from "./text.ts";
import { assertTokens, learnerOf, tuningSettings } from "./tuning.ts";

type SftValues = Values<
  typeof SFT_OPTIONS & typeof TUNING_OPTIONS & typeof LEARNING_OPTIONS & typeof COMMON_OPTIONS
>;

/** What `sft` learns from. */
interface Material {
  readonly rows: readonly TuningRow[];
  readonly valid: readonly TuningRow[];
  /** Hashes of the files. */
  readonly hashes: Readonly<Record<string, string>>;
}

const TRAIN_ON = ["answers", "last", "all"] as const;
/** Rows of the demo that are not learnt, and what stands in for the options that are not given. */
const [DEMO_VALID, DEMO] = [20, { steps: 90, batch: 8, lr: 1e-3 }];
/** Most tokens of an answer: those of the tales have thirty or so. */
const ANSWER_TOKENS = 128;

/** @throws {UsageError} for options that do not go together. */
export async function tune(data: string, values: SftValues, io: Io): Promise<void> {
  const isDemo = data === "demo";
  const settings = learningSettings(values);
  const trainOn = choiceOption<TrainOn>("train-on", values["train-on"], TRAIN_ON);
  const own = { ...tuningSettings(values), trainOn };
  if (!isDemo && values.out === undefined) {
    throw new UsageError("expected --out DIR, a folder for the run and the model");
  }
  if (values.answers && values.valid === undefined && !isDemo) {
    throw new UsageError("--answers needs --valid FILE, whose rows it answers");
  }
  await assertOutputs(values);
  const material = await materialOf(data, values, io);
  await withOpened(values.model, io, async (opened) => {
    const { rows, valid } = material;
    const { maxTokens } = own;
    const chat = { tokenizer: opened.tokenizer, format: opened.format };
    const { config } = opened.checkpoint;
    assertTokens(maxTokens, config.maxPositionEmbeddings);
    const { length } = fittingExamples(config, rows, { ...chat, trainOn, maxTokens });
    const made = await learnerOf(opened, own, settings, values.recompute, io);
    const usual = isDemo
      ? { ...DEMO, decay: 0.01 }
      : { batch: 16, steps: 0, lr: own.lora ? 2e-4 : 2e-5, decay: 0.01 };
    const epochSteps = own.epochs * Math.ceil(length / (settings.batch ?? usual.batch));
    const isByEpochs = values.epochs !== undefined || usual.steps === 0;
    const plan = planned(settings, { ...usual, steps: isByEpochs ? epochSteps : usual.steps });
    const from = modelName(values.model);
    const named = { command: "sft", model: from, data: material.hashes, ...own, ...plan };
    const { optimizer, clip, seed, precision } = settings;
    const job: Job = {
      title: `${from}, tuned on ${isDemo ? "the tales of the demo" : basename(data)}`,
      settings: JSON.parse(JSON.stringify({ ...named, optimizer, clip, seed, precision })),
      view: LOSS_VIEW,
      steps: (kept) =>
        sft(made.model, rows, {
          ...chat,
          trainOn,
          maxTokens,
          steps: plan.steps,
          batchSize: plan.batch,
          seed,
          valid,
          validEvery: settings.validEvery ?? (isDemo ? 10 : undefined),
          optimizer: optimizerOf(settings, plan),
          schedule: scheduleOf(plan),
          maxNorm: clip,
          ...kept,
        }),
      write: (out) => writeLearner(out, made, settings),
    };
    const asks = isDemo || values.answers;
    const style = styleFor(io);
    if (isDemo && !values.json) await io.stdout.write(demoBegin(rows.length, plan.steps, style));
    const before = asks ? await answersOf(opened, opened.checkpoint.tensors, valid, io) : undefined;
    const learnt = await learn(job, values, settings, io);
    const after = asks ? await answersOf(opened, made.model.tensors(), valid, io) : undefined;
    if (values.json) return await io.stdout.write(lineOf(values.out, before, after));
    await io.stdout.write(learntText(learnt, style));
    if (before && after) await io.stdout.write(answersText(valid, before, after, style));
    if (values.out !== undefined) {
      await io.stdout.write(`Talk to it: ${io.program} chat --model ${values.out}\n`);
    }
  });
}

async function materialOf(data: string, values: SftValues, io: Io): Promise<Material> {
  const system = values.system ? "before-user" : "refuse";
  const read = (path: string) => readConversations(path, system, io.signal);
  if (data === "demo") {
    if (values.valid !== undefined) throw new UsageError("demo has --valid rows of its own");
    const { data: all, sha256 } = await read(demoTalesPath());
    const [rows, valid] = [all.slice(0, -DEMO_VALID), all.slice(-DEMO_VALID)];
    return { rows, valid, hashes: { demo: sha256 } };
  }
  const { data: rows, sha256 } = await read(data);
  const valid = values.valid === undefined ? undefined : await read(values.valid);
  return { rows, valid: valid?.data ?? [], hashes: { rows: sha256 } };
}

/** What a model with these weights answers. */
async function answersOf(
  { checkpoint, tokenizer, format }: OpenedModel,
  tensors: OpenedModel["checkpoint"]["tensors"],
  rows: readonly TuningRow[],
  { signal }: Io,
): Promise<TunedAnswers> {
  const gemma = await Gemma.load({ ...checkpoint, tensors, close: async () => {} }, { signal });
  try {
    const options = { tokenizer, format, maxTokens: ANSWER_TOKENS, signal };
    return await tunedAnswers(gemma.model, rows, options);
  } finally {
    await gemma.dispose();
  }
}
