/**
 * The prompt of a preference that has none of its own: what both answers begin with, as TRL takes it (trl/data_utils.py, `extract_prompt`).
 * @module
 */
import { refusals } from "../../errors.ts";
import type { TuningMessage } from "../../tuning/conversation.ts";

/** An answer with or without its prompt. */
type Said = string | readonly TuningMessage[];

/** A preference with its prompt apart. */
interface Apart {
  readonly prompt: Said;
  readonly chosen: Said;
  readonly rejected: Said;
}

/**
 * The longest common beginning, and what is left of both. Messages are the same if role and content are. Texts are parted before the
 * space that both go on with, as a piece of the vocabulary begins with its space.
 * @param chosen of the same kind as `rejected`: texts, or messages.
 * @throws {ArgumentError} if nothing is left of one of them, or they have nothing in common.
 */
export function commonPrompt(op: string, chosen: Said, rejected: Said): Apart {
  let end = 0;
  const most = Math.min(chosen.length, rejected.length);
  while (end < most && isSame(chosen[end], rejected[end])) end++;
  if (end === chosen.length || end === rejected.length) {
    const [name, other] = end === chosen.length ? ["chosen", "rejected"] : ["rejected", "chosen"];
    const got =
      chosen.length === rejected.length ? "two that are the same" : `all of it in ${other}`;
    throw refusals(op).argument(name, "an answer that the other does not begin with", got);
  }
  if (end > 0 && chosen[end - 1] === " ") end--;
  if (end === 0) {
    const hint = 'say what they answer: { "prompt", "chosen", "rejected" }';
    const got = "two that differ from the first on";
    throw refusals(op).argument("prompt", "one, or answers that begin with it", got, hint);
  }
  return {
    prompt: chosen.slice(0, end),
    chosen: chosen.slice(end),
    rejected: rejected.slice(end),
  };
}

type Part = string | TuningMessage;

function isSame(a: Part, b: Part): boolean {
  if (typeof a === "string" || typeof b === "string") return a === b;
  const [x, y] = [a, b].map((message) => Object(message) as TuningMessage);
  return roleOf(x) === roleOf(y) && x.content === y.content;
}

const roleOf = ({ role }: TuningMessage) => (role === "assistant" ? "model" : role);
