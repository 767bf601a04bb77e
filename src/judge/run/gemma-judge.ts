/**
 * Gemma as a judge, greedy.
 * @module
 */
import { assertInteger } from "../../check.ts";
import { refusals } from "../../errors.ts";
import type { Gemma } from "../../gemma.ts";
import { assertOptions, type OptionNames } from "../../options.ts";
import type { ChatMessage } from "../../tokenizer/chat-format.ts";
import { asOneTurn } from "../prompts/prompt.ts";
import { type Asking, type Judge, Unjudgeable } from "./judge.ts";

/** Options of {@link gemmaJudge}. */
export interface GemmaJudgeOptions {
  /** Most tokens of an explanation and its verdict. Default 1024. */
  readonly maxTokens?: number;
  /** Names the model, if answers are stored. */
  readonly id?: string;
}

const NAMES: OptionNames<GemmaJudgeOptions> = { maxTokens: true, id: true };

/**
 * A judge that asks `gemma`, in its chat format. Gemma has no system role, so the instructions stand at the beginning of the user's
 * turn; a fine-tune with another format gets them where it has a place for them.
 * @throws {ArgumentError} if an option is invalid.
 * @throws {UnsupportedError} if the model has no chat format: a judge must be instruction-tuned.
 */
export function gemmaJudge(gemma: Gemma, options: GemmaJudgeOptions = {}): Judge {
  const op = "gemmaJudge";
  assertOptions(op, options, NAMES);
  const { maxTokens = 1024, id } = options;
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
    id: id === undefined ? undefined : JSON.stringify([id, maxTokens]),
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
      const all = endings.map((ending) => [...ids, ...(tokenizer?.encode(begun + ending) ?? [])]);
      assertRoom(Math.max(...all.map(({ length }) => length - 1)));
      const scores = await gemma.score(all, { signal: asking.signal });
      const shared = sharedPrefix(all);
      return scores.map(({ logprobs }) => logprobs.slice(shared - 1).reduce((a, b) => a + b, 0));
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
