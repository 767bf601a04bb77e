/**
 * `reward`: preferences read, a reward model trained on them, and how good it is on those that it did not learn.
 * @module
 */
import { basename, join } from "node:path";
import { talesPath } from "../../node/training/demo-tales.ts";
import { writeFiles } from "../../node/training/model-folder.ts";
import { fittingPairs } from "../../preference/pairs/fitting-pairs.ts";
import type { PreferenceRow } from "../../preference/pairs/preference-pair.ts";
import { type Calibration, rewardCalibration } from "../../preference/reward/calibration.ts";
import { rewardModelFiles } from "../../preference/reward/files.ts";
import { type RewardProbes, rewardProbes } from "../../preference/reward/probes.ts";
import { RewardModel } from "../../preference/reward/reward-model.ts";
import { pairsLoss, type RewardReport, trainReward } from "../../preference/reward/train-reward.ts";
import { withScore } from "../../tuning/peft/score.ts";
import { writeAdapter } from "../../tuning/peft/write.ts";
import { type COMMON_OPTIONS, numberOption, UsageError, type Values } from "../command.ts";
import type { Io } from "../io.ts";
import { modelName } from "../options/model.ts";
import { styleFor } from "../terminal/style.ts";
import { readPreferences } from "../training/data.ts";
import { assertOutputs, type Job, learn } from "../training/learn.ts";
import { type OpenedModel, withOpened } from "../training/learner.ts";
import type { LEARNING_OPTIONS, TUNING_OPTIONS } from "../training/options.ts";
import { learningSettings, optimizerOf, planned, scheduleOf } from "../training/settings.ts";
import { assertTokens, learnerOf, tuningSettings } from "../training/tuning.ts";
import type { REWARD_OPTIONS } from "./options.ts";
import { calibrationText, demoBegin, rewardText } from "./text.ts";
import { REWARD_VIEW } from "./view.ts";

export type RewardValues = Values<
  typeof REWARD_OPTIONS & typeof TUNING_OPTIONS & typeof LEARNING_OPTIONS & typeof COMMON_OPTIONS
>;

/** What it learns from. */
interface Material {
  readonly rows: readonly PreferenceRow[];
  readonly valid: readonly PreferenceRow[];
  /** Hashes of the files. */
  readonly hashes: Readonly<Record<string, string>>;
}

/** Pairs of the demo, and what stands in for the options that are not given. */
const [DEMO_PAIRS, DEMO_VALID, DEMO] = [480, 60, { steps: 60, batch: 8, lr: 3e-4 }];
const NATURAL_NUMBER = { as: "0 or a positive number", includes: (x: number) => x >= 0 };

/** @throws {UsageError} for options that do not go together. */
export async function learnReward(data: string, values: RewardValues, io: Io): Promise<void> {
  const isDemo = data === "demo";
  const settings = learningSettings(values);
  const own = tuningSettings(values);
  const centring = numberOption("centring", values.centring, NATURAL_NUMBER) ?? 0;
  if (!isDemo && values.out === undefined) {
    throw new UsageError("expected --out DIR, a folder for the run and the model");
  }
  await assertOutputs(values);
  const material = await materialOf(data, values, io);
  await withOpened(values.model, io, async (opened) => {
    const { rows, valid } = material;
    const { checkpoint, tokenizer, format } = opened;
    const { config, tensors } = checkpoint;
    const { maxTokens } = own;
    assertTokens(maxTokens, config.maxPositionEmbeddings);
    const chat = { tokenizer, format };
    const named = { op: "reward", argument: "rows" };
    const { pairs } = fittingPairs(config, rows, { ...chat, maxTokens }, named);
    const { model: body, adapter } = await learnerOf(
      ...([bodyOf(opened), own, settings, values.recompute, io] as const),
    );
    const model = await RewardModel.on(body, { tensors, signal: io.signal });
    const usual = isDemo
      ? { ...DEMO, decay: 0.01 }
      : { batch: 16, steps: 0, lr: own.lora ? 1e-4 : 1e-5, decay: 0.01 };
    const epochSteps = own.epochs * Math.ceil(pairs.length / (settings.batch ?? usual.batch));
    const isByEpochs = values.epochs !== undefined || usual.steps === 0;
    const plan = planned(settings, { ...usual, steps: isByEpochs ? epochSteps : usual.steps });
    const from = modelName(values.model);
    const begun = { command: "reward", model: from, data: material.hashes, centring, ...own };
    const { optimizer, clip, seed, precision, type } = settings;
    const job: Job<RewardReport> = {
      title: `${from}, judging as in ${isDemo ? "the tales of the demo" : basename(data)}`,
      settings: JSON.parse(JSON.stringify({ ...begun, ...plan, optimizer, clip, seed, precision })),
      view: REWARD_VIEW,
      steps: (kept) =>
        trainReward(model, rows, {
          ...chat,
          maxTokens,
          centring,
          steps: plan.steps,
          batchSize: plan.batch,
          seed,
          valid,
          validEvery: settings.validEvery ?? (isDemo ? 20 : undefined),
          optimizer: optimizerOf(settings, plan),
          schedule: scheduleOf(plan),
          maxNorm: clip,
          ...kept,
        }),
      async write(out) {
        await writeFiles(out, rewardModelFiles(model, checkpoint, { type }));
        if (!adapter) return [out];
        const path = join(out, "adapter");
        const scoring = withScore(adapter, model.score);
        await writeFiles(path, writeAdapter(scoring, { base: checkpoint.name }));
        return [out, path];
      },
    };
    const style = styleFor(io);
    if (isDemo && !values.json) await io.stdout.write(demoBegin(rows.length, plan.steps, style));
    const learnt = await learn(job, values, settings, io);
    const judged = valid.length > 0 ? await judgedOn(valid, model, opened, io.signal) : undefined;
    if (values.json) {
      return await io.stdout.write(`${JSON.stringify({ out: values.out, ...judged })}\n`);
    }
    await io.stdout.write(rewardText(learnt, style));
    if (judged) await io.stdout.write(`\n${calibrationText(judged.calibration, judged.probes)}`);
    if (values.out !== undefined) {
      const command = `${io.program} reward --model ${values.out} --score answers.jsonl`;
      await io.stdout.write(`\nAsk it: ${command}\n`);
    }
  });
}

/** The model without a head that was learnt already: that one goes on. */
function bodyOf(opened: OpenedModel): OpenedModel {
  const tensors = new Map(opened.checkpoint.tensors);
  tensors.delete("score.weight");
  return { ...opened, checkpoint: { ...opened.checkpoint, tensors } };
}

/** How good the model is on `rows`. */
export async function judgedOn(
  rows: readonly PreferenceRow[],
  model: RewardModel,
  { tokenizer, format }: Pick<OpenedModel, "tokenizer" | "format">,
  signal: AbortSignal,
): Promise<{ readonly calibration: Calibration; readonly probes: RewardProbes | undefined }> {
  const named = { op: "reward", argument: "rows" };
  const { pairs } = fittingPairs(model.config, rows, { tokenizer, format }, named);
  const { chosen, rejected } = await pairsLoss(model, pairs, { signal });
  const lengths = (which: "chosen" | "rejected") => pairs.map((pair) => pair[which].ids.length);
  const calibration = rewardCalibration(
    { chosen, rejected },
    { lengths: { chosen: lengths("chosen"), rejected: lengths("rejected") } },
  );
  const most = model.config.maxPositionEmbeddings;
  const answers = pairs
    .map((pair) => pair.chosen)
    .filter(({ ids, promptLength }) => 2 * ids.length - promptLength <= most);
  const probes = answers.length > 0 ? await rewardProbes(model, answers, { signal }) : undefined;
  return { calibration, probes };
}

async function materialOf(data: string, values: RewardValues, io: Io): Promise<Material> {
  const system = values.system ? "before-user" : "refuse";
  const read = (path: string) => readPreferences("reward", path, system, io.signal);
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
  return { rows, valid: valid?.data ?? [], hashes: { rows: sha256 } };
}
