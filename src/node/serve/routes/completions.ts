/**
 * POST /v1/completions: texts continued, or measured. With `echo` and `logprobs` it says how probable each given token was:
 * what lm-evaluation-harness's `local-completions` asks for.
 * https://platform.openai.com/docs/api-reference/completions
 * @module
 */
import { randomUUID } from "node:crypto";
import { brief } from "../../../brief.ts";
import type { ChoicePart, ChoiceRequest } from "../answer/choice.ts";
import { makeChoices } from "../answer/choices.ts";
import { CompletionLog, type CompletionLogprobs } from "../answer/logprobs.ts";
import { UsageCount } from "../answer/usage.ts";
import { takeModel } from "../request/adapter.ts";
import { Fields } from "../request/fields.ts";
import { assertRoom, type Prompt, takePrompts } from "../request/prompts.ts";
import { type Sampling, takeSampling, takeSending } from "../request/sampling.ts";
import type { Asked, Route, Served } from "./route.ts";

/** OpenAI's own default. */
const DEFAULT_MAX_TOKENS = 16;
/** OpenAI allows 5; clients of llama.cpp ask for 10, and chats may have 20. */
const MOST_LOGPROBS = 20;

export const completions: Route = {
  method: "POST",
  path: "/v1/completions",
  computes: true,
  async answer(served, asked) {
    const fields = new Fields("completions", asked.body);
    const { adapter, model } = takeModel(fields, served);
    const prompts = await takePrompts(fields, served);
    const echo = fields.flag("echo") ?? false;
    const top = takeLogprobs(fields);
    const maxTokens = fields.integer("max_tokens", { from: 0 }) ?? DEFAULT_MAX_TOKENS;
    const sampling = takeSampling(fields, served.gemma.config.vocabSize);
    const sending = takeSending(fields);
    takeRest(fields, sampling);
    for (const prompt of prompts) assertRoom(prompt, maxTokens, served);
    const of = { echo, top, maxTokens };
    const requests = choiceRequests(prompts, sampling, of);
    const parts = makeChoices(served.gemma, served.slots, requests, {
      adapter,
      atOnce: served.atOnce,
      signal: asked.signal,
    });
    const head = {
      id: `cmpl-${randomUUID()}`,
      object: "text_completion",
      created: Math.floor(Date.now() / 1000),
      model,
    };
    const promptTokens = prompts.reduce((sum, { given }) => sum + given, 0);
    const whole = { served, parts, head, promptTokens, hasLogprobs: top !== undefined };
    return sending.stream ? await stream(whole, asked, sending.usage) : await collect(whole);
  },
};

interface Whole {
  readonly served: Served;
  readonly parts: AsyncIterable<ChoicePart>;
  readonly head: object;
  readonly promptTokens: number;
  readonly hasLogprobs: boolean;
}

/** `logprobs` is a number; `false` is what clients of chats write. */
function takeLogprobs(fields: Fields): number | undefined {
  const asked = fields.take("logprobs");
  if (asked === undefined || asked === false) return undefined;
  const isCount = Number.isInteger(asked) && (asked as number) >= 0;
  if (isCount && (asked as number) <= MOST_LOGPROBS) return asked as number;
  const expected = `an integer from 0 to ${MOST_LOGPROBS}`;
  throw fields.refuse.argument("logprobs", expected, brief(asked));
}

function takeRest(fields: Fields, { n }: Sampling): void {
  fields.neutral({
    suffix: { as: "", hint: "Gemma continues a text; it does not fill a gap" },
    best_of: { as: n, hint: "all that are made are returned: ask for n" },
  });
  fields.end();
}

/** What each choice is made of: `n` to a prompt, the first prompt's first. */
function choiceRequests(
  prompts: readonly Prompt[],
  { n, of: samplingOf }: Sampling,
  of: Pick<ChoiceRequest, "echo" | "top" | "maxTokens">,
): ChoiceRequest[] {
  return prompts.flatMap(({ ids, given }, p) =>
    Array.from({ length: n }, (_, i): ChoiceRequest => {
      const index = p * n + i;
      return { index, ids, given, ...of, sampling: samplingOf(i) };
    }),
  );
}

interface Choice {
  readonly index: number;
  text: string;
  finish_reason: string | null;
  readonly logprobs: CompletionLogprobs | null;
}

async function collect({ served, parts, head, promptTokens, hasLogprobs }: Whole): Promise<object> {
  const choices = new Map<number, Choice>();
  const logs = new Map<number, CompletionLog>();
  const usage = new UsageCount();
  for await (const part of parts) {
    usage.add(part);
    const choice = choices.get(part.index) ?? emptyChoice(part.index, hasLogprobs);
    choices.set(part.index, choice);
    choice.text += part.text;
    choice.finish_reason = part.finishReason ?? null;
    if (!choice.logprobs) continue;
    const log = logs.get(part.index) ?? new CompletionLog(served.tokenizer);
    logs.set(part.index, log);
    append(choice.logprobs, log.next(part.tokens));
  }
  const sorted = [...choices.values()].sort((a, b) => a.index - b.index);
  return { ...head, choices: sorted, usage: usage.of(promptTokens) };
}

function emptyChoice(index: number, hasLogprobs: boolean): Choice {
  const empty = { tokens: [], token_logprobs: [], top_logprobs: [], text_offset: [] };
  return { index, text: "", logprobs: hasLogprobs ? empty : null, finish_reason: null };
}

function append(all: CompletionLogprobs, more: CompletionLogprobs): void {
  for (const token of more.tokens) all.tokens.push(token);
  for (const logprob of more.token_logprobs) all.token_logprobs.push(logprob);
  for (const top of more.top_logprobs) all.top_logprobs.push(top);
  for (const offset of more.text_offset) all.text_offset.push(offset);
}

async function stream(
  { served, parts, head, promptTokens, hasLogprobs }: Whole,
  { events }: Asked,
  tellsUsage: boolean,
): Promise<undefined> {
  const logs = new Map<number, CompletionLog>();
  const usage = new UsageCount();
  for await (const part of parts) {
    usage.add(part);
    const { index, text, tokens, finishReason } = part;
    if (text === "" && finishReason === undefined && !hasLogprobs) continue;
    const log = logs.get(index) ?? new CompletionLog(served.tokenizer);
    logs.set(index, log);
    const logprobs = hasLogprobs && tokens.length > 0 ? log.next(tokens) : null;
    const choice = { index, text, logprobs, finish_reason: finishReason ?? null };
    await events.send({ ...head, choices: [choice] });
  }
  if (tellsUsage) await events.send({ ...head, choices: [], usage: usage.of(promptTokens) });
  await events.end();
  return undefined;
}
