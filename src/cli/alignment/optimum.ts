/**
 * What the best policy would have, known before anything is learnt: from answers of the reference alone, kept in the folder of the
 * run, so that a run that goes on does not ask again.
 * @module
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { writeFileAtomically } from "../../node/write-atomically.ts";
import { type EstimatedOptimum, estimateOptimum } from "../../preference/exact/estimate-optimum.ts";
import type { ScoredAnswer } from "../../preference/rollout/answer.ts";
import type { AskedPrompt } from "../../preference/rollout/prompts.ts";
import { drawsFrom, type PresentWeights } from "../../preference/rollout/sample.ts";
import type { JsonValue } from "../../source/json.ts";
import type { Tokenizer } from "../../tokenizer/tokenizer.ts";
import type { OpenJudge } from "./judges.ts";
import type { SamplingBackend } from "./sampling-backend.ts";

/** Its name begins as those of a run that was killed before its first step, which may begin anew. */
const FILE = "run.optimum.json";
/** Answers to one prompt: fewer prompts, so that J* of each is known better. */
const OF_A_PROMPT = 40;
/** Answers that are written side by side. */
const AT_ONCE = 128;

/** Who answers, and how. */
export interface Answering {
  readonly model: PresentWeights;
  readonly tokenizer: Tokenizer;
  readonly backend: SamplingBackend;
  readonly maxTokens: number;
  readonly seed: number;
  readonly signal: AbortSignal;
}

/** Answers to each of `prompts`, at temperature 1, those to the first one first. */
export async function answersOf(
  prompts: readonly AskedPrompt[],
  groupSize: number,
  { model, tokenizer, backend, maxTokens, seed, signal }: Answering,
): Promise<ScoredAnswer[]> {
  const draw = drawsFrom(model, tokenizer, backend);
  const answers: ScoredAnswer[] = [];
  const step = Math.max(1, Math.floor(AT_ONCE / groupSize));
  for (let begin = 0; begin < prompts.length; begin += step) {
    const some = prompts.slice(begin, begin + step);
    const options = { groupSize, maxTokens, seed: (seed + answers.length) % 2 ** 32, signal };
    const said = await draw(
      some.map(({ ids }) => ids),
      options,
    );
    for (const [i, { tokens, text, finishReason }] of said.entries()) {
      const { messages: prompt, ids } = some[Math.floor(i / groupSize)];
      const isClosed = finishReason === "end_of_turn" || finishReason === "eos";
      const all = Int32Array.from([...ids, ...tokens]);
      answers.push({ prompt, text, ids: all, promptLength: ids.length, isClosed });
    }
  }
  return answers;
}

/** The optimum of `judge`, as `samples` answers of the reference see it. */
export async function foretold(
  prompts: readonly AskedPrompt[],
  judge: OpenJudge,
  { beta, samples, ...answering }: Answering & { readonly beta: number; readonly samples: number },
): Promise<EstimatedOptimum> {
  const groupSize = Math.min(OF_A_PROMPT, samples);
  const asked = prompts.slice(0, Math.ceil(samples / groupSize));
  const answers = await answersOf(asked, groupSize, answering);
  const rewards = await judge.rewardOf(answers, { signal: answering.signal });
  const groups = answers.map((_, i) => Math.floor(i / groupSize));
  return estimateOptimum(rewards, beta, { groups, seed: answering.seed });
}

/** What a run has kept, if it has. */
export async function readKept(out: string): Promise<Kept | undefined> {
  const text = await readFile(join(out, FILE), "utf8").catch(() => undefined);
  return text === undefined ? undefined : JSON.parse(text);
}

interface Kept {
  readonly settings: Readonly<Record<string, JsonValue>>;
  readonly optimum: EstimatedOptimum;
}

/** What `make` has made for a run with these settings, now or before. */
export async function keptOptimum(
  out: string,
  settings: Readonly<Record<string, JsonValue>>,
  make: () => Promise<EstimatedOptimum>,
): Promise<EstimatedOptimum> {
  const kept = await readKept(out);
  if (kept && JSON.stringify(kept.settings) === JSON.stringify(settings)) return kept.optimum;
  const optimum = await make();
  const json = `${JSON.stringify({ settings, optimum }, null, 2)}\n`;
  await writeFileAtomically(join(out, FILE), new TextEncoder().encode(json));
  return optimum;
}
