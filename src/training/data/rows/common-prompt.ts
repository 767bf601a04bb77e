/**
 * The prompt of a preference that has none of its own: what both answers begin with, as TRL takes it (trl/data_utils.py, `extract_prompt`).
 * @module
 */
import type { GemmaError } from "../../../errors.ts";

/** A message, as far as it is looked at here. */
export interface Message {
  /** Who speaks. */
  readonly role?: unknown;
  /** What is said. */
  readonly content?: unknown;
}

/** A preference with its prompt apart. */
export interface Apart<Said> {
  /** What both begin with. */
  readonly prompt: Said;
  /** What is left of the better one. */
  readonly chosen: Said;
  /** What is left of the other. */
  readonly rejected: Said;
}

/** An error of whoever reads the row. */
export type Refuse = (argument: string, expected: string, got: string, hint?: string) => GemmaError;

/**
 * The longest common beginning, and what is left of both. Messages are the same if role and content are. Texts are parted before the
 * space that both go on with, as a piece of the vocabulary begins with its space.
 * @param chosen of the same kind as `rejected`: texts, or messages.
 * @param refuse makes the error: `refusals(op).argument`, or `.format` of what a file says.
 * @throws the error of `refuse` if nothing is left of one of them, or they have nothing in common.
 */
export function commonPrompt<Said extends string | readonly Message[]>(
  chosen: Said,
  rejected: Said,
  refuse: Refuse,
): Apart<Said> {
  let end = 0;
  const most = Math.min(chosen.length, rejected.length);
  while (end < most && isSame(chosen[end], rejected[end])) end++;
  if (end === chosen.length || end === rejected.length) {
    const [name, other] = end === chosen.length ? ["chosen", "rejected"] : ["rejected", "chosen"];
    const got =
      chosen.length === rejected.length ? "two that are the same" : `all of it in ${other}`;
    throw refuse(name, "an answer that the other does not begin with", got);
  }
  if (end > 0 && chosen[end - 1] === " ") end--;
  if (end === 0) {
    const hint = 'say what they answer: { "prompt", "chosen", "rejected" }';
    const got = "two that differ from the first on";
    throw refuse("prompt", "one, or answers that begin with it", got, hint);
  }
  const parts = [chosen.slice(0, end), chosen.slice(end), rejected.slice(end)];
  const [prompt, better, other] = parts as readonly unknown[] as readonly Said[];
  return { prompt, chosen: better, rejected: other };
}

type Part = string | Message;

function isSame(a: Part, b: Part): boolean {
  if (typeof a === "string" || typeof b === "string") return a === b;
  const [x, y] = [a, b].map((message) => Object(message) as Message);
  return roleOf(x) === roleOf(y) && x.content === y.content;
}

const roleOf = ({ role }: Message) => (role === "assistant" ? "model" : role);
