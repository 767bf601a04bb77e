/**
 * `dpo`: preferences read, a model taught by them, and what has become of both answers.
 * @module
 */
import { basename } from "node:path";
import { talesPath } from "../../node/training/demo-tales.ts";
import { type DpoReport, dpo } from "../../preference/dpo/dpo.ts";
import { fittingPairs } from "../../preference/pairs/fitting-pairs.ts";
import type { PreferenceRow } from "../../preference/pairs/preference-pair.ts";
import { type COMMON_OPTIONS, numberOption, UsageError, type Values } from "../command.ts";
import type { Io } from "../io.ts";
import { modelName } from "../options/model.ts";
import { styleFor } from "../terminal/style.ts";
import { readPreferences } from "../training/data.ts";
import { assertOutputs, type Job, learn, writeLearner } from "../training/learn.ts";
import { withOpened } from "../training/learner.ts";
import type { LEARNING_OPTIONS, TUNING_OPTIONS } from "../training/options.ts";
import { learningSettings, optimizerOf, planned, scheduleOf } from "../training/settings.ts";
import { assertTokens, learnerOf, tuningSettings } from "../training/tuning.ts";
import type { DPO_OPTIONS } from "./options.ts";
import { demoBegin, dpoText } from "./text.ts";
import { DPO_VIEW } from "./view.ts";

type DpoValues = Values<
  typeof DPO_OPTIONS & typeof TUNING_OPTIONS & typeof LEARNING_OPTIONS & typeof COMMON_OPTIONS
>;

/** What it learns from. */
interface Material {
  readonly rows: readonly PreferenceRow[];
  readonly valid: readonly PreferenceRow[];
  /** Hashes of the files. */
  readonly hashes: Readonly<Record<string, string>>;
}

/** Pairs of the demo, and what stands in for the options that are not given. */
const [DEMO_PAIRS, DEMO_VALID, DEMO] = [240, 40, { steps: 30, batch: 8, lr: 3e-4 }];
const POSITIVE_NUMBER = { as: "a number above 0", includes: (x: number) => x > 0 };
const SHARE = { as: "a number from 0 to 0.5", includes: (x: number) => x >= 0 && x <= 0.5 };

/** @throws {UsageError} for options that do not go together. */
export async function learnDpo(data: string, values: DpoValues, io: Io): Promise<void> {
  const isDemo = data === "demo";
  const settings = learningSettings(values);
  const own = {
    ...tuningSettings(values),
    beta: numberOption("beta", values.beta, POSITIVE_NUMBER) ?? 0.1,
    labelSmoothing: numberOption("smoothing", values.smoothing, SHARE) ?? 0,
  };
  if (!isDemo && values.out === undefined) {
    throw new UsageError("expected --out DIR, a folder for the run and the model");
  }
  await assertOutputs(values);
  const { rows, valid, hashes } = await materialOf(data, values, io);
  await withOpened(values.model, io, async (opened) => {
    const { tokenizer, format } = opened;
    const { config } = opened.checkpoint;
    const { maxTokens, beta, labelSmoothing } = own;
    assertTokens(maxTokens, config.maxPositionEmbeddings);
    const chat = { tokenizer, format, maxTokens };
    const { pairs } = fittingPairs(config, rows, chat, { op: "dpo", argument: "rows" });
    const made = await learnerOf(opened, own, settings, values.recompute, io);
    const usual = isDemo
      ? { ...DEMO, decay: 0.01 }
      : { batch: 16, steps: 0, lr: own.lora ? 1e-5 : 1e-6, decay: 0.01 };
    const epochSteps = own.epochs * Math.ceil(pairs.length / (settings.batch ?? usual.batch));
    const isByEpochs = values.epochs !== undefined || usual.steps === 0;
    const plan = planned(settings, { ...usual, steps: isByEpochs ? epochSteps : usual.steps });
    const from = modelName(values.model);
    const { optimizer, clip, seed, precision } = settings;
    const named = { command: "dpo", model: from, data: hashes, ...own, ...plan };
    const job: Job<DpoReport> = {
      title: `${from}, by the preferences of ${isDemo ? "the demo" : basename(data)}`,
      settings: JSON.parse(JSON.stringify({ ...named, optimizer, clip, seed, precision })),
      view: DPO_VIEW,
      steps: (kept) =>
        dpo(made.model, rows, {
          ...chat,
          beta,
          labelSmoothing,
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
    const style = styleFor(io);
    if (isDemo && !values.json) await io.stdout.write(demoBegin(rows.length, plan.steps, style));
    const learnt = await learn(job, values, settings, io);
    if (values.json) {
      const { validFigures } = learnt.last ?? {};
      return await io.stdout.write(`${JSON.stringify({ out: values.out, validFigures })}\n`);
    }
    await io.stdout.write(dpoText(learnt, style));
    if (values.out === undefined) return;
    await io.stdout.write(`Talk to it: ${io.program} chat --model ${values.out}\n`);
  });
}

async function materialOf(data: string, values: DpoValues, io: Io): Promise<Material> {
  const system = values.system ? "before-user" : "refuse";
  const read = (path: string) => readPreferences("dpo", path, system, io.signal);
  if (data === "demo") {
    if (values.valid !== undefined) throw new UsageError("demo has --valid rows of its own");
    const rows = await read(talesPath("pairs-train"));
    const valid = await read(talesPath("pairs-valid"));
    return {
      rows: rows.data.slice(0, DEMO_PAIRS),
      valid: valid.data.slice(0, DEMO_VALID),
      hashes: { demo: rows.sha256 },
    };
  }
  const { data: rows, sha256 } = await read(data);
  const valid = values.valid === undefined ? undefined : await read(values.valid);
  // The reference's log-probabilities of both files are kept with the run.
  const hashes = { rows: sha256, ...(valid && { valid: valid.sha256 }) };
  return { rows, valid: valid?.data ?? [], hashes };
}
