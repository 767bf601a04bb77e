/**
 * What is being learnt, and what has been: it stays while other panels are open, and goes with the page.
 * @module
 */
import { batch, computed, signal } from "@preact/signals";
import type { StepReport } from "../../../../../src/training/run/trainer.ts";
import { get, refusal } from "../../asked.ts";
import type { PartOf } from "../../messages.ts";
import { LEARNING_FILE } from "../../model-files.ts";
import * as state from "../../state.ts";
import type { LearningQuestion, LearningSettings, Said } from "./question.ts";

export const QUESTION = "Tell a short tale about Finn the otter at the hill.";
export const DEFAULT_STEPS = 40;
export const MOST_STEPS = 200;
export const DEFAULT_RANK = 4;
export const MOST_RANK = 64;
export const MOST_RATE = 0.02;
/** Factors bear, and need, more. */
export const DEFAULT_RATE = { all: 0.001, lora: 0.005 };

export const isLora = computed(() => state.view.value === "lora");
export const defaultRate = computed(() => DEFAULT_RATE[isLora.value ? "lora" : "all"]);

/** What the link says; else what the page begins with. */
export const settings = computed(
  (): LearningSettings => ({
    rank: isLora.value ? (state.rank.value ?? DEFAULT_RANK) : undefined,
    rate: state.rate.value ?? defaultRate.value,
    steps: state.steps.value ?? DEFAULT_STEPS,
  }),
);

export const question = signal(QUESTION);
export const reports = signal<readonly StepReport[]>([]);
/** What was answered before, and after. */
export const before = signal<Said | undefined>(undefined);
export const after = signal<Said | undefined>(undefined);
/** What the worker does: steps, the last of them before it rests, or answers. */
export const doing = signal<"learn" | "stop" | "answer" | undefined>(undefined);
/** The settings of the run that is kept. */
export const begun = signal<LearningSettings | undefined>(undefined);
export const failure = signal<string | undefined>(undefined);
/** Whether steps are left of the run that is kept. */
export const isUnfinished = computed(
  () => begun.value !== undefined && reports.value.length < begun.value.steps,
);

let rows: Promise<string> | undefined;

/** Conversations to learn, one a line; fetched once, when they are asked for. */
function conversations(): Promise<string> {
  rows ??= fetchText(LEARNING_FILE).catch((error) => {
    rows = undefined;
    throw error;
  });
  return rows;
}

/** What lies beside the page. */
export async function fetchText(path: string): Promise<string> {
  const response = await fetch(new URL(path, document.baseURI));
  if (!response.ok) throw new Error(`${path}: HTTP ${response.status}`);
  return response.text();
}

export async function begin(): Promise<void> {
  const chosen = settings.peek();
  batch(() => {
    failure.value = undefined;
    doing.value = "learn";
    begun.value = undefined;
    reports.value = [];
    before.value = undefined;
    after.value = undefined;
  });
  try {
    const all = await conversations();
    begun.value = chosen;
    await send({ kind: "begin", rows: all, settings: chosen, question: question.peek() });
    if (refusal.peek() !== undefined && before.peek() === undefined) begun.value = undefined;
  } catch (error) {
    batch(() => {
      doing.value = undefined;
      failure.value = `the conversations did not arrive: ${(error as Error).message}`;
    });
  }
}

export function goOn(): void {
  doing.value = "learn";
  send({ kind: "goOn", known: reports.peek().length, question: question.peek() });
}

/** The run rests; what it has learnt stays, and answers. Asked again, both models answer. */
export function answer(): void {
  doing.value = doing.peek() === "learn" ? "stop" : "answer";
  send({ kind: "answer", known: reports.peek().length, question: question.peek() });
}

let latest = 0;

async function send(what: LearningQuestion["ask"]): Promise<void> {
  const mine = ++latest;
  await get("learning", what, () => {}, hear);
  if (mine === latest) doing.value = undefined; // else a newer one is under way
}

function hear(part: PartOf<"learning">): void {
  batch(() => {
    if ("report" in part) reports.value = [...reports.peek(), part.report];
    else {
      if (part.said.step === 0) before.value = part.said;
      else after.value = part.said;
      // While it learns, it is the model before that answers first.
      if (part.said.step > 0 || doing.peek() === "stop") doing.value = "answer";
    }
  });
}
