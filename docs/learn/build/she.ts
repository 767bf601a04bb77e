/**
 * How the model knows that it is “she”: the places at which the fact about the name is found (pages 8 to 10).
 * @module
 */
import { type Example, PROMPT } from "./example.ts";
import type { Run } from "./run.ts";

/** The sentence with another name, and nothing else changed. */
export const SAM_PROMPT = PROMPT.replace("Mira", "Sam");

/** Positions of the name, of the full stop, and of the last word before the answer. */
export const [NAME, STOP, LAST] = [1, 8, 11];

/** The heads of block 0 by which the full stop looks at the name. */
export const COPY_HEADS = [0, 1, 3];
/** The head by which the last word looks at the full stop. */
export const FETCH = { block: 2, head: 1 };
/** The neuron that says it loudest. */
export const SPEAKER = { block: 3, neuron: 390 };

/** Who a sentence is about. */
export type Name = "Mira" | "Sam";

/** Runs of both sentences. */
export type Pair = Readonly<Record<Name, Run>>;

const pairs = new WeakMap<Example, Pair>();

/** The two runs, computed once. */
export function pairOf(example: Example): Pair {
  const known = pairs.get(example);
  if (known) return known;
  const run = (prompt: string) => example.run(example.encode(prompt));
  const pair = { Mira: run(PROMPT), Sam: run(SAM_PROMPT) };
  pairs.set(example, pair);
  return pair;
}

/** The ids of the two words. */
export function answerIds({ tokenizer }: Example): { she: number; he: number } {
  const id = (piece: string) => tokenizer.idOf(piece) as number;
  return { she: id("▁she"), he: id("▁he") };
}

/** The logit of “she” less that of “he”, behind the last word. */
export function sheOverHe(example: Example, run: Run): number {
  const { she, he } = answerIds(example);
  const logits = run.row("logits", LAST);
  return logits[she] - logits[he];
}
