/**
 * Gemma as a judge, greedy.
 * @module
 */
import { assertInteger } from "../../check.ts";
import { refusals } from "../../errors.ts";
import { modelFingerprint } from "../../evaluation/answers/answer-key.ts";
import { predictAll } from "../../evaluation/prefix/predict-all.ts";
import type { Gemma } from "../../gemma.ts";
import { assertOptions, type OptionNames } from "../../options.ts";
import type { ChatMessage } from "../../tokenizer/chat-format.ts";
import { asOneTurn } from "../prompts/prompt.ts";
import { type Asking, type Judge, Unjudgeable } from "./judge.ts";

/** Options of {@link gemmaJudge}. */
export interface GemmaJudgeOptions {
  /** Most tokens of an explanation and its verdict. Default 1024. */
  readonly maxTokens?: number;
}

const NOTHING_CUT = { contextTokens: 0, truncated: 0, joined: false };

const NAMES: OptionNames<GemmaJudgeOptions> = { maxTokens: true };

/**
 * A judge that asks `gemma`, in its chat format. Gemma has no system role, so the instructions stand at the beginning of the user's
 * turn; a fine-tune with another format gets them where it has a place for them.
 * @throws {ArgumentError} if an option is invalid.
 * @throws {UnsupportedError} if the model has no chat format: a judge must be instruction-tuned.
 */
export function gemmaJudge(gemma: Gemma, options: GemmaJudgeOptions = {}): Judge {
  const op = "gemmaJudge";
  assertOptions(op, options, NAMES);
  const { maxTokens = 1024 } = options;
  assertInteger(op, "maxTokens", maxTokens, { from: 1 });
  if (!gemma.tokenizer) {
    const expected = "a checkpoint with a tokenizer";
    throw refusals(op).unsupported("gemma", expected, "a checkpoint without one");
  }
  const { roles } = gemma.chatFormat;
  const most = gemma.config.maxPositionEmbeddings;

  const promptOf = ({ system, user }: Asking): number[] => {
    const hasPlace = roles.system !== undefined && system !== "";
    const messages: ChatMessage[] = hasPlace
      ? [
          { role: "system", content: system },
          { role: "user", content: user },
        ]
      : [{ role: "user", content: asOneTurn({ system, user }) }];
    return gemma.encodeChat(messages);
  };
  const assertRoom = (needed: number) => {
    if (needed <= most) return;
    throw new Unjudgeable(`the prompt has ${needed} tokens, and the context ${most}`);
  };

  return {
    // Which weights, in which arithmetic; how they are asked, and how long they may answer.
    id: async () =>
      JSON.stringify([await modelFingerprint(gemma.model), gemma.chatFormat, maxTokens]),
    async ask(_, asking) {
      const ids = promptOf(asking);
      assertRoom(ids.length);
      const { signal, stop } = asking;
      const answer = gemma.generate(ids, { maxTokens, signal, stop: stop ? [stop] : undefined });
      const text = await answer.text();
      signal?.throwIfAborted(); // an answer that was cut off is none
      return text;
    },
    async endings(begun, endings, asking) {
      const ids = promptOf(asking);
      const { tokenizer } = gemma;
      const encode = (text: string) => tokenizer?.encode(text) ?? [];
      const longest = Math.max(...endings.map((ending) => encode(ending).length));
      assertRoom(ids.length + longest);
      // An explanation that fills the context loses its end, so that there is always a verdict.
      const room = most - ids.length - longest;
      const said = encode(begun);
      const all = endings.map((ending) => {
        const own =
          said.length > room ? [...said.slice(0, room), ...encode(ending)] : encode(begun + ending);
        return [...ids, ...own];
      });
      const from = sharedPrefix(all);
      const logprobs = endings.map(() => Number.NaN);
      const asked = all.map((ids) => ({ ids, from, about: NOTHING_CUT }));
      const running = { contextLength: most, signal: asking.signal, atOnce: 1 };
      for await (const { index, answer } of predictAll(gemma.model, asked, running)) {
        logprobs[index] = answer.logprob;
      }
      return logprobs;
    },
  };
}

/** How many ids all begin with; one at least is left to each. */
function sharedPrefix(all: readonly (readonly number[])[]): number {
  const least = Math.min(...all.map(({ length }) => length)) - 1;
  let shared = 0;
  while (shared < least && all.every((ids) => ids[shared] === all[0][shared])) shared++;
  return shared;
}
