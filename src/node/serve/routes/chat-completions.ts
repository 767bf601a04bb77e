/**
 * POST /v1/chat/completions: the model's next turn, whole or streamed.
 * https://platform.openai.com/docs/api-reference/chat
 * @module
 */
import { randomUUID } from "node:crypto";
import type { ChatIdsOptions } from "../../../tokenizer/chat-format.ts";
import type { ChoicePart, ChoiceRequest } from "../answer/choice.ts";
import { makeChoices } from "../answer/choices.ts";
import { type ChatLogprobs, chatLogprobs } from "../answer/logprobs.ts";
import { UsageCount } from "../answer/usage.ts";
import { takeModel } from "../request/adapter.ts";
import { Fields } from "../request/fields.ts";
import { takeMessages } from "../request/messages.ts";
import { assertRoom } from "../request/prompts.ts";
import { takeSampling, takeSending } from "../request/sampling.ts";
import type { Asked, Route, Served } from "./route.ts";

/** As OpenAI's. */
const MOST_TOP_LOGPROBS = 20;
const NO_TOOLS = "Gemma 1 knows no tools: tell it a result in the user's words";

export const chatCompletions: Route = {
  method: "POST",
  path: "/v1/chat/completions",
  computes: true,
  async answer(served, asked) {
    const fields = new Fields("chat", asked.body);
    const { adapter, model } = takeModel(fields, served);
    const messages = takeMessages(fields);
    const ids = served.gemma.encodeChat(messages, takeEnd(fields));
    const prompt = { ids, given: ids.length };
    const top = takeLogprobs(fields);
    const maxTokens = takeMaxTokens(fields, served.contextLength - ids.length + 1);
    const sampling = takeSampling(fields, served.gemma.config.vocabSize);
    const sending = takeSending(fields);
    takeRest(fields);
    assertRoom(prompt, maxTokens, served);
    const requests = Array.from({ length: sampling.n }, (_, index): ChoiceRequest => {
      return { index, ...prompt, echo: false, top, maxTokens, sampling: sampling.of(index) };
    });
    const { atOnce, gemma, slots } = served;
    const { signal } = asked;
    const parts = makeChoices(gemma, slots, requests, { adapter, atOnce, signal });
    const id = `chatcmpl-${randomUUID()}`;
    const head = { id, created: Math.floor(Date.now() / 1000), model };
    const whole = { served, parts, head, promptTokens: ids.length, hasLogprobs: top !== undefined };
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

/** vLLM's fields for a message of the model that is to be continued. */
function takeEnd(fields: Fields): ChatIdsOptions {
  const opens = fields.flag("add_generation_prompt");
  const continueFinalMessage = fields.flag("continue_final_message") ?? false;
  if (opens === undefined || opens !== continueFinalMessage) return { continueFinalMessage };
  const expected = "one of add_generation_prompt and continue_final_message";
  throw fields.refuse.argument("add_generation_prompt", expected, opens ? "both" : "neither");
}

/** `max_completion_tokens` is the newer name of `max_tokens`. Default: as many as the context allows. */
function takeMaxTokens(fields: Fields, room: number): number {
  const newer = fields.integer("max_completion_tokens", { from: 1 });
  const older = fields.integer("max_tokens", { from: 1 });
  return newer ?? older ?? Math.max(1, room);
}

function takeLogprobs(fields: Fields): number | undefined {
  const isAsked = fields.flag("logprobs") ?? false;
  const top = fields.integer("top_logprobs", { from: 0, to: MOST_TOP_LOGPROBS });
  if (isAsked) return top ?? 0;
  if (top === undefined || top === 0) return undefined;
  throw fields.refuse.argument("top_logprobs", "logprobs: true beside it", top);
}

function takeRest(fields: Fields): void {
  fields.neutral({
    tools: { as: [], hint: NO_TOOLS },
    functions: { as: [], hint: NO_TOOLS },
    tool_choice: { as: "none", hint: NO_TOOLS },
    function_call: { as: "none", hint: NO_TOOLS },
  });
  fields.labels("parallel_tool_calls"); // there is none that could be
  const isText = (value: unknown) => JSON.stringify(value) === '{"type":"text"}';
  const format = fields.take("response_format");
  if (format !== undefined && !isText(format)) {
    const hint = "ask for JSON in the message, and check what comes";
    throw fields.refuse.argument("response_format", '{ type: "text" }', "another", hint);
  }
  const modalities = fields.take("modalities");
  if (modalities !== undefined && JSON.stringify(modalities) !== '["text"]') {
    throw fields.refuse.argument("modalities", '["text"]', "others");
  }
  fields.end();
}

async function collect({ served, parts, head, promptTokens, hasLogprobs }: Whole): Promise<object> {
  const choices = new Map<
    number,
    { text: string; logprobs: ChatLogprobs | null; finish: string }
  >();
  const usage = new UsageCount();
  for await (const part of parts) {
    usage.add(part);
    const { index, text, tokens, finishReason } = part;
    const logprobs = hasLogprobs ? { content: [], refusal: null } : null;
    const choice = choices.get(index) ?? { text: "", logprobs, finish: "length" };
    choices.set(index, choice);
    choice.text += text;
    choice.finish = finishReason ?? choice.finish;
    choice.logprobs?.content.push(...chatLogprobs(served.tokenizer, tokens).content);
  }
  const sorted = [...choices].sort(([a], [b]) => a - b);
  return {
    ...head,
    object: "chat.completion",
    choices: sorted.map(([index, { text, logprobs, finish }]) => {
      const message = { role: "assistant", content: text, refusal: null };
      return { index, message, logprobs, finish_reason: finish };
    }),
    usage: usage.of(promptTokens),
  };
}

async function stream(
  { served, parts, head, promptTokens, hasLogprobs }: Whole,
  { events }: Asked,
  tellsUsage: boolean,
): Promise<undefined> {
  const usage = new UsageCount();
  const begun = new Set<number>();
  const chunk = { ...head, object: "chat.completion.chunk" };
  for await (const part of parts) {
    usage.add(part);
    const { index, text, tokens, finishReason = null } = part;
    if (text === "" && finishReason === null && !hasLogprobs && begun.has(index)) continue;
    const role = begun.has(index) ? {} : { role: "assistant" };
    begun.add(index);
    const delta = { ...role, ...(text === "" && finishReason ? {} : { content: text }) };
    const logprobs = hasLogprobs ? chatLogprobs(served.tokenizer, tokens) : null;
    await events.send({
      ...chunk,
      choices: [{ index, delta, logprobs, finish_reason: finishReason }],
    });
  }
  if (tellsUsage) await events.send({ ...chunk, choices: [], usage: usage.of(promptTokens) });
  await events.end();
  return undefined;
}
