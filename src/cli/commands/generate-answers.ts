/**
 * Several answers of `generate`, which go side by side: shown one after another, each when it is whole.
 * @module
 */
import type { Gemma, Prompt } from "../../gemma.ts";
import type { AnswerOptions } from "../../generation/chat.ts";
import type { GeneratedToken, Generation } from "../../generation/generation.ts";
import type { Io } from "../io.ts";
import { ENDINGS } from "../options/sampling.ts";

/** What is asked, and how it is shown. */
export interface AnswerList {
  readonly prompts: readonly Prompt[];
  /** Answers to each prompt. Default: one. */
  readonly samples?: number;
  /** Whether the number of the line is said that a prompt stood in. */
  readonly isNumbered: boolean;
  readonly isJson: boolean;
}

/** Shows the answers, those that were interrupted as far as they came. */
export async function showAnswers(
  gemma: Gemma,
  { prompts, samples = 1, isNumbered, isJson }: AnswerList,
  settings: AnswerOptions,
  { stdout }: Io,
): Promise<void> {
  const show = isJson ? asJson : asText;
  const answers = gemma.generate(prompts, { ...settings, samples });
  for (const [i, answer] of answers.entries()) {
    const steps: GeneratedToken[] = [];
    for await (const step of answer) steps.push(step);
    const line = isNumbered ? 1 + Math.floor(i / samples) : undefined;
    await stdout.write(show(gemma, answer, steps, line));
  }
}

function asJson(
  _: Gemma,
  { seed, finishReason, stopReason, tokens, logprobs, topLogprobs, usage }: Generation,
  steps: readonly GeneratedToken[],
  line: number | undefined,
): string {
  const text = steps.map((step) => step.text).join("");
  const ended = { seed, finishReason, stopReason };
  const answer = { line, ...ended, tokens, logprobs, topLogprobs, text, usage };
  return `${JSON.stringify(answer)}\n`;
}

function asText(
  { tokenizer }: Gemma,
  { seed, finishReason = "abort" }: Generation,
  steps: readonly GeneratedToken[],
  line: number | undefined,
): string {
  const shown = tokenizer
    ? steps.map(({ text }) => text).join("")
    : steps.map(({ token }) => token).join(" ");
  const said = [
    line === undefined ? undefined : `line ${line}`,
    seed === undefined ? undefined : `seed ${seed}`,
    `ended by ${ENDINGS[finishReason]}`,
  ];
  return `[${said.filter((part) => part !== undefined).join(", ")}]\n${shown}\n\n`;
}
