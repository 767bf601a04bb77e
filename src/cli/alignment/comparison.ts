/**
 * The end of the chain: the aligned model beside the tuned one, on questions that neither has learnt from.
 * @module
 */
import { join } from "node:path";
import { openCheckpoint } from "../../checkpoint/open.ts";
import { Gemma } from "../../gemma.ts";
import { openFolder } from "../../node/folder.ts";
import { writeFileAtomically } from "../../node/write-atomically.ts";
import type { JsonValue } from "../../source/json.ts";
import { TrainableModel } from "../../training/trainable.ts";
import { tunedAnswers } from "../../tuning/answers.ts";
import type { Io } from "../io.ts";
import { readConversations } from "../training/data.ts";
import { learnerOptions, withOpened } from "../training/learner.ts";
import type { ChainPlan } from "./align-options.ts";
import type { ChainFolder } from "./chain-folder.ts";
import { type Comparison, compared } from "./compare.ts";
import { type OpenJudge, withJudge } from "./judges.ts";
import { readPrompts } from "./prompts.ts";
import { samplingBackend } from "./sampling-backend.ts";

/** How the aligned model compares, and whether it still knows what it knew. */
export interface ChainComparison extends Omit<Comparison, "pairs"> {
  /** Who compared: `rule`, `judge`, or `reward`, the reward model that was learnt from. */
  readonly judge: string;
  readonly questions: number;
  readonly answers: number;
  /** Mean learned reward less β KL: J on these questions. */
  readonly objective: number;
  /** Shares of the rows with a known answer, tales left out, that are answered with just that. */
  readonly known?: { readonly rows: number; readonly aligned: number; readonly tuned: number };
  readonly seconds: number;
}

/** Compares, and keeps what has come of it; the answers go to `compare/pairs.jsonl`, for `judge`. */
export async function comparisonOf(
  plan: ChainPlan,
  out: string,
  folder: ChainFolder,
  io: Io,
): Promise<ChainComparison> {
  const began = performance.now();
  const { signal } = io;
  const [tuned, aligned] = ["sft", "rlhf"].map((stage) => join(out, stage));
  const settings = { precision: plan.precision, backend: plan.backend };
  const options = learnerOptions(settings, undefined, signal);
  const { data } = await readPrompts(plan.questions, signal);
  const made = await withOpened(aligned, io, async ({ checkpoint, tokenizer, format }) => {
    const models = {
      aligned: await TrainableModel.from(checkpoint, { ...options, trains: () => false }),
      tuned: await frozen(tuned, options),
    };
    const backend = samplingBackend(settings);
    const judging = { ...options, vocabSize: checkpoint.config.vocabSize };
    const { answers: groupSize, maxTokens, seed, beta } = plan;
    const asking = { tokenizer, format, backend, groupSize, maxTokens, seed, beta, signal };
    const by = (reward: OpenJudge, judge?: OpenJudge) =>
      compared(models, data, { ...asking, reward: reward.rewardOf, judge: judge?.rewardOf });
    try {
      return await withJudge(join(out, "reward"), "reward", judging, io, (reward) =>
        plan.judge === undefined
          ? by(reward)
          : withJudge(plan.judge, "judge", judging, io, (judge) => by(reward, judge)),
      );
    } finally {
      backend.dispose();
    }
  });
  const { pairs, ...rest } = made;
  const lines = pairs.map((pair) => `${JSON.stringify(pair)}\n`).join("");
  await writeFileAtomically(join(out, "pairs.jsonl"), new TextEncoder().encode(lines));
  const comparison: ChainComparison = {
    ...rest,
    judge: plan.judge === undefined ? "reward" : plan.judge === "rule" ? "rule" : "judge",
    questions: data.length,
    answers: plan.answers,
    objective: rest.aligned.reward - plan.beta * rest.kl[0],
    ...(plan.known && { known: await known(plan, plan.known, { tuned, aligned }, io) }),
    seconds: (performance.now() - began) / 1000,
  };
  await folder.keep("compare", comparison as unknown as JsonValue);
  return comparison;
}

async function frozen(
  path: string,
  options: ReturnType<typeof learnerOptions>,
): Promise<TrainableModel> {
  const checkpoint = await openCheckpoint(openFolder(path), { signal: options.signal });
  try {
    return await TrainableModel.from(checkpoint, { ...options, trains: () => false });
  } finally {
    await checkpoint.close();
  }
}

/** Sums and opposites, at temperature 1 as everything else here. */
async function known(
  { precision, backend, maxTokens, seed }: ChainPlan,
  file: string,
  folders: { readonly tuned: string; readonly aligned: string },
  { signal }: Io,
): Promise<ChainComparison["known"]> {
  const { data } = await readConversations(file, "refuse", signal);
  const rows = data.filter((row) => !JSON.stringify(row).includes("Tell a short tale"));
  const exact = async (path: string) => {
    const gemma = await Gemma.load(openFolder(path), { precision, backend, signal });
    try {
      const { tokenizer } = gemma;
      if (!tokenizer) return 0;
      const options = { tokenizer, maxTokens, temperature: 1, seed, signal };
      return (await tunedAnswers(gemma.model, rows, options)).exact;
    } finally {
      await gemma.dispose();
    }
  };
  const [tuned, aligned] = [await exact(folders.tuned), await exact(folders.aligned)];
  return { rows: rows.length, tuned, aligned };
}
