/**
 * What is being written: its tokens as they come, the conversation that they belong to, and what a visitor does with them.
 * @module
 */
import { batch, signal } from "@preact/signals";
import type { ChatMessage } from "../../../../../src/tokenizer/chat-format.ts";
import { get, stop } from "../../asked.ts";
import type { Token } from "../../messages.ts";
import * as state from "../../state.ts";
import type { Ended, Step, WriteAsk } from "./question.ts";

export type Mode = "text" | "chat";

/** Tokens of a text or of a conversation, the written ones with what is known of them. */
export interface Written {
  readonly tokens: readonly Token[];
  /** By position. */
  readonly steps: ReadonlyMap<number, Step>;
  /** The first token of what was written last. */
  readonly from: number;
  readonly end?: Ended | "stopped";
}

/** Repaints are this many milliseconds apart, or more. */
const REPAINT = 50;
export const DEFAULT_LENGTH = 60;

export const mode = (): Mode => (state.view.value === "chat" ? "chat" : "text");

export const written = {
  text: signal<Written | undefined>(undefined),
  chat: signal<Written | undefined>(undefined),
};
/** Turns that are over. */
export const messages = signal<readonly ChatMessage[]>([]);
export const running = signal<Mode | undefined>(undefined);
/** A token that is looked at: under a pointer, or chosen before the page has gone there. */
export const under = signal<number | undefined>(undefined);
export const picked = signal<number | undefined>(undefined);
/** Prompts of the page that what was written belongs to: that which it went on from, and those that it became. */
const prompts = signal<readonly string[]>([]);
/** Where the page was led last. */
export const placed = signal<{ prompt: string; isSame: boolean; of: Mode } | undefined>(undefined);

export const isOfPrompt = (): boolean => prompts.value.includes(state.prompt.value);

export function settings(): Omit<WriteAsk, "kind" | "from"> {
  const { length, temperature, topP, topK, seed } = state;
  return {
    length: length.value ?? DEFAULT_LENGTH,
    temperature: temperature.value ?? 0,
    topP: topP.value ?? 1,
    topK: topK.value,
    seed: seed.value ?? 0,
  };
}

/** Goes on from the page's text. */
export function writeOn(): void {
  const prompt = state.prompt.peek();
  prompts.value = [prompt];
  write("text", prompt, () => {});
}

export function ask(content: string): void {
  const turns = [...messages.peek(), { role: "user", content } as const];
  write("chat", turns, ({ tokens, from, end }) => {
    const why = typeof end === "object" ? end.why : undefined;
    const isClosed = why === "eos" || why === "end_of_turn";
    const ids = tokens.slice(from, isClosed ? -1 : undefined).map(({ id }) => id);
    messages.value = [...turns, { role: "model", content: "", ids }];
  });
}

/** @param done is called when it has ended, or was stopped behind its first token. */
function write(to: Mode, from: WriteAsk["from"], done: (all: Written) => void): void {
  const shown = written[to];
  const before = shown.peek();
  let coming: Step[] = [];
  let timer = 0;
  let hasBegun = false;
  const paint = () => {
    timer = 0;
    const now = shown.peek();
    if (!now || coming.length === 0) return;
    const steps = new Map(now.steps);
    for (const [i, step] of coming.entries()) steps.set(now.tokens.length + i, step);
    shown.value = { ...now, tokens: [...now.tokens, ...coming], steps };
    coming = [];
  };
  const finish = (end: Written["end"]) => {
    clearTimeout(timer);
    batch(() => {
      paint();
      running.value = undefined;
      finishNow = undefined;
      const now = shown.peek();
      if (!now || !hasBegun) return;
      const all = { ...now, end };
      shown.value = all;
      if (now.tokens.length > now.from) done(all);
    });
  };
  finishNow?.("stopped");
  finishNow = finish;
  running.value = to;
  picked.value = undefined;
  placed.value = undefined;
  get(
    "write",
    { kind: "write", from, ...settings() },
    (end) => finish(end as Ended),
    (part) => {
      if (finishNow !== finish) return;
      if ("begin" in part) {
        hasBegun = true;
        shown.value = begun(part.begin, before);
      } else {
        coming.push(part.step);
        timer ||= window.setTimeout(paint, REPAINT);
      }
    },
  ).then(() => {
    if (finishNow === finish) finish("stopped"); // the library has refused it
  });
}
let finishNow: ((end: Written["end"]) => void) | undefined;

/** What is known of tokens that were written before, and go on, stays. */
function begun(tokens: readonly Token[], before: Written | undefined): Written {
  const steps = new Map<number, Step>();
  for (const [i, { id }] of tokens.entries()) {
    if (before?.tokens[i]?.id !== id) break;
    const step = before.steps.get(i);
    if (step) steps.set(i, step);
  }
  return { tokens, steps, from: tokens.length };
}

export function stopWriting(): void {
  if (!finishNow) return;
  stop("write");
  finishNow("stopped");
}

export function newChat(): void {
  stopWriting();
  batch(() => {
    messages.value = [];
    written.chat.value = undefined;
  });
}

/** The page looks at token `at`: what is written becomes its text. */
export function goTo(of: Mode, at: number): void {
  const shown = written[of].peek();
  if (!shown) return;
  stopWriting();
  picked.value = at;
  const ids = shown.tokens.map(({ id }) => id);
  get("write", { kind: "place", ids, at }, (place) => {
    if (place.kind !== "place") return;
    const { prompt, pos, isSame } = place;
    batch(() => {
      if (of === "text") prompts.value = [...prompts.peek(), prompt];
      placed.value = { prompt, isSame, of };
      state.setPrompt(prompt);
      state.chooseToken(pos);
      if (isSame) picked.value = undefined;
    });
  });
}
