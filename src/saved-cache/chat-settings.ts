/**
 * The settings of a chat in its file, so that it goes on as it was. A function cannot be kept: whoever goes on gives it again.
 * @module
 */
import { refusals } from "../errors.ts";
import type { AnswerOptions, ChatOptions } from "../generation/chat.ts";
import { biasById, type LogitBias } from "../generation/logits/logit-bias.ts";

/** Those that go into JSON. */
export type Kept = Omit<AnswerOptions, "signal" | "logitsProcessor" | "logitBias"> &
  Pick<ChatOptions, "format" | "allowTurnMarkers">;

/** The settings in JSON, which knows no −∞, and in which names of fields are texts. */
export interface Settings extends Kept {
  /** `logitBias`. */
  readonly bias?: readonly (readonly [id: number, by: number | "-Infinity"])[];
  /** There was a function. */
  readonly processes?: true;
}

/** As they go into a file. */
export function settingsToKeep({
  signal: _,
  logitsProcessor,
  logitBias,
  ...kept
}: AnswerOptions & Kept): Settings {
  return {
    ...kept,
    ...(logitBias && { bias: bias(logitBias) }),
    ...(logitsProcessor && { processes: true }),
  };
}

const bias = (given: LogitBias) =>
  Array.from(biasById(given), ([id, by]) => [id, by === -Infinity ? "-Infinity" : by] as const);

/**
 * The settings of a chat that goes on: those of the file, but for those that are given.
 * @throws {ArgumentError} if there was a function, and none is given.
 */
export function settingsToResume(
  op: string,
  { bias: kept, processes, ...settings }: Settings,
  given: ChatOptions,
): ChatOptions {
  const own = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  if (processes && !given.logitsProcessor) {
    const hint = "a file cannot hold it: give it again";
    const expected = "the function that the chat was saved with";
    throw refusals(op).argument("logitsProcessor", expected, "nothing", hint);
  }
  const logitBias = kept && new Map(kept.map(([id, by]) => [id, Number(by)] as const));
  const { topP, topK, minP, seed, ...rest } = settings;
  // Settings of the draw say nothing where nothing is drawn.
  const drawing = given.temperature === 0 ? {} : { topP, topK, minP, seed };
  return { ...rest, ...drawing, ...(logitBias && { logitBias }), ...own };
}
