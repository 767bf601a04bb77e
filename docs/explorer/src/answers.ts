/**
 * What the model has answered to the state: old answers stay until the new ones are there.
 * @module
 */

import example from "virtual:example";
import { batch, computed, effect, signal } from "@preact/signals";
import type { Cell } from "./cell.ts";
import { defaultCell, surestCell } from "./default-cell.ts";
import type { Attention, Finding, Lens, Overview, Question, Questions } from "./messages.ts";
import { ask, model } from "./model.ts";
import * as state from "./state.ts";

export const overview = signal<Overview>(example.overview);
/** Whether what is shown was recorded when the page was built. */
export const isRecorded = signal(true);
export const attention = signal<Attention | undefined>(undefined);
export const lens = signal<Lens | undefined>(undefined);
export const finding = signal<Finding | undefined>(example.finding);
/** What the library refused last. */
export const refusal = signal<string | undefined>(undefined);

const pending = signal<ReadonlySet<Question>>(new Set());
/** Whether the numbers on the page are about to change. */
export const isComputing = computed(() => pending.value.size > 0);

interface Chosen {
  readonly layer: number;
  readonly head: number;
  readonly cell: Cell;
}
let lastChosen: Chosen | undefined;

/** The number in the inspector, chosen or not: it belongs to the overview that is shown. */
export const chosen = computed((): Chosen => {
  const { prompt, pos } = overview.value;
  const isBehind = state.prompt.value !== prompt || (state.pos.value ?? pos) !== pos;
  const now = chosenIn(overview.value);
  if (isBehind && lastChosen) return lastChosen;
  lastChosen = now;
  return now;
});

function chosenIn(shown: Overview): Chosen {
  const own = defaultCell(shown);
  const layer = within(state.layer.value, shown.model.layers) ?? own.layer;
  const head = within(state.head.value, shown.model.heads) ?? own.head;
  const cell = state.cell.value;
  if (cell && isThere(cell, shown)) return { layer, head, cell };
  if (state.panel.value === "lens") return { layer, head, cell: surestCell(shown) };
  if (layer === own.layer && head === own.head) return own;
  const { reads: key } = shown.layers[layer].heads[head];
  return { layer, head, cell: { kind: "weight", query: shown.pos, key } };
}

const within = (value: number | undefined, end: number) =>
  value !== undefined && value < end ? value : undefined;

function isThere(cell: Cell, { tokens, pos, streams, layers }: Overview): boolean {
  switch (cell.kind) {
    case "weight":
      return cell.query === pos && cell.key < tokens.length;
    case "lens":
      return cell.depth < streams.length && cell.pos === pos;
    case "stream":
      return cell.depth < streams.length && cell.dim < streams[0].values.length;
    case "unit":
      return cell.unit < layers[0].units.length;
  }
}

/** Asks for what is on the page, whenever it changes. */
export function followState(): void {
  effect(() => {
    if (model.value.kind !== "ready") return;
    const what = { prompt: state.prompt.value, pos: state.pos.value };
    get("overview", what, (answer) => {
      overview.value = answer;
      isRecorded.value = false;
      checkLink(answer);
    });
  });
  effect(() => {
    if (model.value.kind !== "ready" || isRecorded.value) return;
    const { prompt, pos } = overview.value;
    const { layer, head, cell } = chosen.value;
    get("inspect", { prompt, pos, layer, head, cell }, (answer) => {
      finding.value = answer;
    });
    if (state.panel.value === "attention") {
      get("attention", { prompt, pos, layer, head }, (answer) => {
        attention.value = answer;
      });
    }
    if (state.panel.value === "lens") {
      get("lens", { prompt, pos }, (answer) => {
        lens.value = answer;
      });
    }
  });
}

async function get<Q extends Question>(
  question: Q,
  what: Questions[Q]["ask"],
  take: (answer: Questions[Q]["answer"]) => void,
): Promise<void> {
  setPending(question, true);
  try {
    const answer = await ask(question, what);
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

function setPending(question: Question, isPending: boolean): void {
  const now = new Set(pending.peek());
  if (isPending) now.add(question);
  else now.delete(question);
  pending.value = now;
}

/** A link may name what this text or this model has not. */
function checkLink({ tokens, model: { layers, heads } }: Overview): void {
  const limits = [
    ["pos", state.pos, tokens.length, "tokens"],
    ["l", state.layer, layers, "layers"],
    ["h", state.head, heads, "heads"],
  ] as const;
  for (const [name, { value }, end, what] of limits) {
    if (value === undefined || value < end) continue;
    state.notes.value = [
      ...state.notes.value,
      `${name}=${value} cannot be: there are ${end} ${what}`,
    ];
    state.change({ [{ pos: "pos", l: "layer", h: "head" }[name]]: undefined });
  }
  const cell = state.cell.peek();
  const shown = overview.peek();
  if (cell && !isThere(cell, shown)) {
    state.notes.value = [...state.notes.value, "that cell is not there"];
    state.change({ cell: undefined });
  }
}
