/**
 * WinoGrande (Sakaguchi et al. 2020, arXiv:1907.10641): whom does a sentence mean? Two persons are put into the gap, and what follows it is
 * scored after each: "partial scoring".
 * @module
 */
import { strip } from "../../../python/text.ts";
import type { TaskDocument, TaskSpec } from "../../task/spec.ts";

function parts({ sentence }: TaskDocument): readonly [before: string, behind: string] {
  const text = String(sentence);
  const gap = text.indexOf("_");
  return [text.slice(0, gap), text.slice(gap + 1)];
}

/** The sentence up to the gap, and one of the two options. */
export function winograndeContexts(document: TaskDocument): string[] {
  const [before] = parts(document);
  return [document.option1, document.option2].map((option) => before + String(option));
}

/** What follows the gap. */
export function winograndeEnding(document: TaskDocument): string {
  return strip(parts(document)[1]);
}

/** The index of the right option. */
export function winograndeGold({ answer }: TaskDocument): number {
  return ["1", "2"].indexOf(String(answer));
}

/** Two contexts, one ending. */
export const WINOGRANDE: TaskSpec = {
  name: "winogrande",
  kind: "partial",
  splits: { test: "validation", shots: "train" },
  text: winograndeGold,
  choices: winograndeContexts,
  target: winograndeEnding,
  shots: { count: 0, leaveOut: true },
  metrics: [{ metric: "acc" }],
  source: {
    dataset: "allenai/winogrande",
    subset: "winogrande_xl",
    fields: ["sentence", "option1", "option2", "answer"],
    licence: "unstated on its card; Apache-2.0 in its repository",
    paper: "arXiv:1907.10641",
  },
  report: "Winogrande",
  differsFromReport: "Partial scoring as here; shots are not said. Leaderboards ask with 5.",
  version: 1,
};
