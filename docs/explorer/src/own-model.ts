/**
 * A model of the visitor's, which the link knows by its name only: its files are chosen once a visit. The page follows
 * the link: it opens what the link names, and returns to the model that came with it where the link names none.
 * @module
 */
import { batch, computed, effect, signal } from "@preact/signals";
import { forgetAnswers } from "./asked.ts";
import type { PageState } from "./link.ts";
import { ask, isRecorded, model, stopAsking } from "./model.ts";
import type { ModelFiles, ModelQuestion } from "./panels/model/question.ts";
import { idsIn, someIds } from "./plain-ids.ts";
import { change, ownModel, prompt } from "./state.ts";

/** Those whose files have been chosen in this visit. */
const known = signal<ReadonlyMap<string, ModelFiles>>(new Map());
/** The name of the one that is open; undefined for the page's own. */
export const open = signal<string | undefined>(undefined);
/** The one that is being opened, and how far that is. */
export const opening = signal<{ name: string; loaded: number; total: number } | undefined>(
  undefined,
);
/** Why the last one could not be opened. */
export const failure = signal<string | undefined>(undefined);
/** The one that the link names, and whose files have not been chosen. */
export const wanted = computed(() => {
  const name = ownModel.value;
  return name === undefined || known.value.has(name) ? undefined : name;
});

/** Whether these files are those of the model that is open. */
export const isOpen = (name: string, files: ModelFiles) =>
  open.value === name && known.value.get(name) === files;

/** What was chosen in another model says nothing here. */
const FORGOTTEN: Partial<PageState> = {
  ...{ pos: undefined, layer: undefined, head: undefined, cell: undefined, step: undefined },
  ...{ queryAt: undefined, keyAt: undefined, token: undefined, against: undefined },
  ...{ off: undefined, bug: undefined, backend: undefined, precision: undefined },
};

/** The text before a model that reads ids. */
let textBefore: string | undefined;

/** Opens files under a name. A link that waits for this name keeps what else it says. */
export function openModel(name: string, files: ModelFiles): void {
  const isAwaited = wanted.peek() === name;
  batch(() => {
    failure.value = undefined;
    known.value = new Map(known.peek()).set(name, files);
    if (!isAwaited && ownModel.peek() !== name) change({ model: name, ...FORGOTTEN });
  });
  if (open.peek() === name) goTo(name); // the same again, from other files
}

export function leaveModel(): void {
  change({ model: undefined, ...FORGOTTEN, prompt: textBefore ?? prompt.peek() });
}

/** Nobody waits for the model that is being opened. */
export function stopOpening(): void {
  stopAsking("model");
  batch(() => {
    opening.value = undefined;
    if (ownModel.peek() !== open.peek()) change({ model: open.peek() });
  });
}

export function followModel(): void {
  effect(() => {
    const name = ownModel.value;
    if (model.value.kind !== "ready" || isRecorded.value || wanted.value !== undefined) return;
    if (name !== open.peek()) goTo(name);
    else if (opening.peek() !== undefined) stopOpening();
  });
}

async function goTo(name: string | undefined): Promise<void> {
  const files = name === undefined ? undefined : known.peek().get(name);
  const what: ModelQuestion["ask"] =
    name === undefined || !files ? { what: "back" } : { what: "open", name, files };
  opening.value = { name: name ?? "", loaded: 0, total: 0 };
  try {
    const answer = await ask("model", what, (part) => {
      opening.value = { name: name ?? "", ...part };
    });
    if ("opened" in answer) take(name, answer.opened);
  } catch (error) {
    if ((error as Error).name === "AbortError") return; // another one is on its way
    batch(() => {
      opening.value = undefined;
      failure.value = (error as Error).message;
      change({ model: open.peek() });
    });
  }
}

function take(
  name: string | undefined,
  info: Extract<ModelQuestion["answer"], { opened: unknown }>["opened"],
): void {
  batch(() => {
    opening.value = undefined;
    open.value = name;
    forgetAnswers();
    model.value = { kind: "ready", info };
    if (info.hasTokenizer) textBefore = undefined;
    else if (!idsIn(prompt.peek())) {
      textBefore = prompt.peek();
      change({ prompt: someIds(info.vocabSize) });
    }
  });
}
