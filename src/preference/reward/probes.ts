/**
 * Answers that nobody wants, put before a reward model: nothing at all, the same answer twice, an answer that breaks off. What it prefers to
 * a real answer, reinforcement learning will find.
 *
 *     whole       <prompt> a b c d <end_of_turn>
 *     empty       <prompt> <end_of_turn>
 *     repeated    <prompt> a b c d a b c d <end_of_turn>
 *     truncated   <prompt> a b                                scored at its last token, as it has no other
 *
 * @module
 */
import { refusals } from "../../errors.ts";
import { assertOptions, type OptionNames } from "../../options.ts";
import type { TuningExample } from "../../tuning/conversation.ts";
import type { RewardModel } from "./reward-model.ts";

/** Options of {@link rewardProbes}. */
export interface RewardProbesOptions {
  /** Stops it. */
  readonly signal?: AbortSignal;
}

const NAMES: OptionNames<RewardProbesOptions> = { signal: true };

/** What a reward model says of one kind of answers. */
export interface Probe {
  /** Mean reward. */
  readonly reward: number;
  /** The share of answers that get at least the reward of the whole answer to the same question. */
  readonly preferred: number;
}

/** What it says of all kinds. */
export interface RewardProbes {
  /** How many answers were looked at: those of which every kind fits into the model. */
  readonly answers: number;
  /** Mean reward of the answers as they are. */
  readonly whole: number;
  /** Of nothing. */
  readonly empty: Probe;
  /** Of the answer, said twice. */
  readonly repeated: Probe;
  /** Of its first half, without an end. */
  readonly truncated: Probe;
}

/**
 * Rewards of answers, and of what is left of them.
 * @param examples answers of one token or more behind their questions, closed: those of `conversation`, `preferencePair(…).chosen`.
 * @throws {ArgumentError} if no answer fits into the model said twice.
 */
export async function rewardProbes(
  model: RewardModel,
  examples: readonly Pick<TuningExample, "ids" | "promptLength">[],
  options: RewardProbesOptions = {},
): Promise<RewardProbes> {
  const op = "rewardProbes";
  assertOptions(op, options, NAMES);
  const most = model.config.maxPositionEmbeddings;
  const answers = examples
    .map(({ ids, promptLength }) => ({
      prompt: Array.from(ids).slice(0, promptLength),
      answer: Array.from(ids).slice(promptLength, -1),
      end: Array.from(ids).slice(-1),
    }))
    .filter(({ prompt, answer }) => prompt.length + 2 * answer.length < most && answer.length > 0);
  if (answers.length === 0) {
    const expected = `an answer that fits into ${most} positions when it is said twice`;
    throw refusals(op).argument("examples", expected, `${examples.length} that do not`);
  }
  const rewards = (idsOf: (answer: (typeof answers)[number]) => number[]) =>
    model.rewards(
      answers.map((answer) => ({ ids: idsOf(answer) })),
      options,
    );
  const whole = await rewards(({ prompt, answer, end }) => [...prompt, ...answer, ...end]);
  const probe = async (idsOf: (answer: (typeof answers)[number]) => number[]): Promise<Probe> => {
    const found = await rewards(idsOf);
    return {
      reward: mean(found),
      preferred: mean(found.map((reward, i) => Number(reward >= whole[i]))),
    };
  };
  return {
    answers: answers.length,
    whole: mean(whole),
    empty: await probe(({ prompt, end }) => [...prompt, ...end]),
    repeated: await probe(({ prompt, answer, end }) => [...prompt, ...answer, ...answer, ...end]),
    truncated: await probe(({ prompt, answer }) => [
      ...prompt,
      ...answer.slice(0, Math.ceil(answer.length / 2)),
    ]),
  };
}

const mean = (values: Float64Array) => values.reduce((sum, x) => sum + x, 0) / values.length;
