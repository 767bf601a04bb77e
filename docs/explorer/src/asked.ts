/**
 * What the page has asked the worker: which questions are open, what was refused, and how a panel asks.
 * @module
 */
import { batch, computed, type Signal, signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { PartOf, Question, Questions } from "./messages.ts";
import { ask, model, shownModel, stopAsking } from "./model.ts";

/** What the library refused last. */
export const refusal = signal<string | undefined>(undefined);

const pending = signal<ReadonlySet<Question>>(new Set());
/** Whether numbers on the page are about to change. What fills itself, or can be stopped, is shown where it runs. */
export const isComputing = computed(() =>
  [...pending.value].some((question) => !ON_ITS_OWN.has(question)),
);
const ON_ITS_OWN: ReadonlySet<Question> = new Set([
  ...(["write", "precision", "model", "offEach", "break", "learning"] as const),
]);

/** Asks, and takes the answer if no newer one is asked meanwhile. */
export async function get<Q extends Question>(
  question: Q,
  what: Questions[Q]["ask"],
  take: (answer: Questions[Q]["answer"]) => void,
  takePart?: (part: PartOf<Q>) => void,
): Promise<void> {
  setPending(question, true);
  try {
    const answer = await ask(question, what, takePart);
    batch(() => {
      take(answer);
      setPending(question, false);
      if (question === "overview") refusal.value = undefined;
    });
  } catch (error) {
    if ((error as Error).name === "AbortError") return; // a newer ask is under way
    batch(() => {
      setPending(question, false);
      refusal.value = (error as Error).message;
    });
  }
}

export function stop(question: Question): void {
  stopAsking(question);
  setPending(question, false);
}

function setPending(question: Question, isPending: boolean): void {
  const now = new Set(pending.peek());
  if (isPending) now.add(question);
  else now.delete(question);
  pending.value = now;
}

const kept = new Map<Question, Signal<unknown>>();

/** The last answer to a question, whoever asked. */
export function lastAnswer<Q extends Question>(
  question: Q,
): Signal<Questions[Q]["answer"] | undefined> {
  const known = kept.get(question) ?? signal(undefined);
  kept.set(question, known);
  return known as Signal<Questions[Q]["answer"] | undefined>;
}

/** Answers of another model are none: they may be of sizes that this one has not. */
export function forgetAnswers(): void {
  for (const answer of kept.values()) answer.value = undefined;
}

/**
 * Asks whenever `what` changes, from when the model is there. The old answer stays until the new one has come; whoever
 * draws it looks at what it was asked with. `undefined` asks nothing.
 * @param takePart is given the parts of an answer that come before the whole.
 */
export function useAnswer<Q extends Question>(
  question: Q,
  what: Questions[Q]["ask"] | undefined,
  takePart?: (part: PartOf<Q>) => void,
): Questions[Q]["answer"] | undefined {
  const answer = lastAnswer(question);
  const asks = model.value; // another model is asked anew, once its first screen is there
  const isReady = asks.kind === "ready" && shownModel.value === asks;
  const take = (given: Questions[Q]["answer"]) => {
    answer.value = given;
  };
  const asked = what && JSON.stringify(what);
  useEffect(() => {
    if (!isReady || what === undefined) return;
    get(question, what, take, takePart);
  }, [isReady && asks, asked]);
  useEffect(() => () => stop(question), [question]);
  return answer.value;
}
