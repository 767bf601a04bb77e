/** What gemma_pytorch answers in float64, taking the most probable token each time (fixtures/README.md). */
import { readJson } from "./goldens.ts";

export interface Greedy {
  readonly prompt: string;
  readonly prompt_ids: readonly number[];
  readonly greedy_ids: readonly number[];
  readonly greedy_text: string;
}

export function greedyGoldens(model: string): readonly Greedy[] {
  return readJson(`${model}/greedy.json`);
}

/** The user's message in a prompt of one turn. */
export function questionOf({ prompt }: Greedy): string {
  return /user\n(.*)<end_of_turn>/.exec(prompt)?.[1] ?? "";
}

export function answerOf({ greedy_text }: Greedy): string {
  return greedy_text.replace(/<end_of_turn>$/, "");
}
