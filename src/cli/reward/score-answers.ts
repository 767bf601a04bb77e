/**
 * `reward --score FILE`: what a reward model says of answers. Of pairs, also how many it orders as they were labelled.
 * @module
 */
import { refusals } from "../../errors.ts";
import { preferencePair } from "../../preference/pairs/preference-pair.ts";
import { RewardModel } from "../../preference/reward/reward-model.ts";
import { SCORE } from "../../preference/reward/score.ts";
import type { DataRow } from "../../training/data/rows/row.ts";
import { conversation, type TuningRow } from "../../tuning/conversation.ts";
import { UsageError } from "../command.ts";
import type { Io } from "../io.ts";
import { readRows } from "../training/data.ts";
import { learnerOptions, type OpenedModel, withOpened } from "../training/learner.ts";
import { learningSettings } from "../training/settings.ts";
import { judgedOn, type RewardValues } from "./learn-reward.ts";
import { calibrationText } from "./text.ts";

/** Options that are of learning, and not of scoring. */
const OF_LEARNING = [
  ...["out", "resume", "steps", "batch", "lr", "warmup", "decay", "clip", "valid", "valid-every"],
  ...["save-every", "html", "epochs", "tokens", "lora", "rank", "alpha", "targets", "centring"],
  ...["optimizer", "recompute", "type", "seed"],
] as const;

/** @throws {UsageError} if there is no model, or an option of learning. */
export async function scoreAnswers(path: string, values: RewardValues, io: Io): Promise<void> {
  const given = OF_LEARNING.find((name) => values[name as keyof RewardValues] !== undefined);
  if (given) throw new UsageError(`--${given} is of learning; --score learns nothing`);
  if (values.model === undefined) throw new UsageError("--score needs --model, a reward model");
  const settings = learningSettings(values);
  const system = values.system ? "before-user" : "refuse";
  const { data: rows } = await readRows("reward", path, { system, signal: io.signal });
  await withOpened(values.model, io, async (opened) => {
    const { checkpoint } = opened;
    if (!checkpoint.tensors.has(SCORE)) {
      const hint = "reward DATA --model … --out DIR trains one";
      const got = "a model of text";
      throw refusals("reward", checkpoint.name).format(undefined, "a reward model", got, hint);
    }
    const options = learnerOptions(settings, undefined, io.signal);
    const model = await RewardModel.from(checkpoint, options);
    const pairs: (DataRow & { readonly kind: "preference" })[] = [];
    for (const row of rows) {
      await io.stdout.write(await lineOf(row, model, opened, values.json ?? false, io.signal));
      if (row.kind === "preference") pairs.push(row);
    }
    if (pairs.length === 0) return;
    const judged = await judgedOn(pairs, model, opened, io.signal);
    const text = calibrationText(judged.calibration, judged.probes);
    await io.stdout.write(values.json ? `${JSON.stringify(judged)}\n` : `\n${text}`);
  });
}

async function lineOf(
  row: DataRow,
  model: RewardModel,
  { tokenizer, format }: OpenedModel,
  isJson: boolean,
  signal: AbortSignal,
): Promise<string> {
  const { bosTokenId, vocabSize } = model.config;
  const options = { format, bosTokenId, vocabSize };
  if (row.kind === "preference") {
    const { chosen, rejected } = preferencePair(row, tokenizer, options);
    const [c, r] = await model.rewards([chosen, rejected], { signal });
    if (isJson) return `${JSON.stringify({ chosen: c, rejected: r })}\n`;
    return `${c.toFixed(4).padStart(9)} ${r.toFixed(4).padStart(9)}  ${c > r ? "as chosen" : "otherwise"}\n`;
  }
  const example = conversation(row as TuningRow, tokenizer, options);
  const [reward] = await model.rewards([example], { signal });
  if (isJson) return `${JSON.stringify({ reward })}\n`;
  const text = tokenizer.decode(example.ids.subarray(example.promptLength, -1), { vocabSize });
  return `${reward.toFixed(4).padStart(9)}  ${text.replaceAll("\n", " ").slice(0, 66)}\n`;
}
