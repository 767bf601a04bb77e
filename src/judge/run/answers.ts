/**
 * Answers of a judge that were given before, so that an interrupted run goes on where it was.
 * @module
 */
import { refusals } from "../../errors.ts";
import { answerKey } from "../../evaluation/answers/answer-key.ts";
import type { AnswerStore, StoredAnswer } from "../../evaluation/answers/answer-store.ts";
import type { Judge } from "./judge.ts";

/** What a judge gave: its text, and the log p of the verdicts if they were asked for. */
export interface RawAnswer {
  readonly text: string;
  readonly logprobs?: readonly number[];
}

/** The id of a judge whose answers are stored. @throws {ArgumentError} if it has none. */
export async function judgeId(op: string, { id }: Judge): Promise<string> {
  const name = typeof id === "function" ? await id() : id;
  if (typeof name === "string" && name !== "") return name;
  const hint =
    "name model and settings: { ask, id }; else answers of another judge would be taken for its own";
  throw refusals(op).argument("judge.id", "a name, since answers are stored", "none", hint);
}

/** The stored answer to `what`, or that of `ask`, which is stored then. */
export async function storedOr(
  store: AnswerStore | undefined,
  judge: string,
  what: unknown,
  ask: () => Promise<RawAnswer>,
): Promise<RawAnswer> {
  if (!store) return ask();
  const key = answerKey(judge, { kind: "judge", ...Object(what) });
  const known = answerFrom(await store.get(key));
  if (known) return known;
  const answer = await ask();
  // −∞ is not JSON.
  const logprobs = answer.logprobs?.map((p) => (Number.isFinite(p) ? p : null));
  await store.put(key, { text: answer.text, ...(logprobs && { logprobs }) });
  return answer;
}

function answerFrom(known: StoredAnswer | undefined): RawAnswer | undefined {
  const { text, logprobs } = known ?? {};
  if (typeof text !== "string") return undefined;
  if (!Array.isArray(logprobs)) return { text };
  return { text, logprobs: logprobs.map((p: number | null) => p ?? Number.NEGATIVE_INFINITY) };
}
