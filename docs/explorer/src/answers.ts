/**
 * What the model has answered to the state: old answers stay until the new ones are there.
 * @module
 */

import example from "virtual:example";
import { computed, effect, signal } from "@preact/signals";
import { get } from "./asked.ts";
import type { Cell } from "./cell.ts";
import { isThere } from "./cells/kinds.ts";
import { cellOfPanel, defaultCell } from "./default-cell.ts";
import type { Finding, Overview } from "./messages.ts";
import { isRecorded, model, shownModel } from "./model.ts";
import { opening, wanted } from "./own-model.ts";
import * as state from "./state.ts";

export const overview = signal<Overview>(example.overview);
export const finding = signal<Finding | undefined>(example.finding);

interface Chosen {
  readonly layer: number;
  readonly head: number;
  readonly cell: Cell;
  /** The token, where that is not the chosen one. */
  readonly pos?: number;
}
let lastChosen: Chosen | undefined;

/** The number that was chosen, or stands there by itself: it belongs to the overview that is shown. */
export const picked = computed((): Chosen => {
  const { prompt, pos } = overview.value;
  const isBehind = state.prompt.value !== prompt || (state.pos.value ?? pos) !== pos;
  if (isBehind && lastChosen) return lastChosen;
  lastChosen = chosenIn(overview.value);
  return lastChosen;
});

/** The number in the inspector: the picked one, or that under the pointer. */
export const chosen = computed((): Chosen => ({ ...picked.value, ...state.pointed.value }));

function chosenIn(shown: Overview): Chosen {
  const own = defaultCell(shown);
  const layer = within(state.layer.value, shown.model.layers) ?? own.layer;
  const head = within(state.head.value, shown.model.heads) ?? own.head;
  const cell = state.cell.value;
  if (cell && isThere(cell, shown)) return { layer, head, cell };
  const first = cellOfPanel(state.panel.value, shown, layer, head);
  if (first) return { layer, head, cell: first };
  if (layer === own.layer && head === own.head) return own;
  const { reads: key } = shown.layers[layer].heads[head];
  return { layer, head, cell: { kind: "weight", query: shown.pos, key } };
}

const within = (value: number | undefined, end: number) =>
  value !== undefined && value < end ? value : undefined;

/** Asks for what is on the page, whenever it changes. */
export function followState(): void {
  effect(() => {
    if (model.value.kind !== "ready") return;
    const what = { prompt: state.prompt.value, pos: state.pos.value };
    get("overview", what, (answer) => {
      overview.value = answer;
      shownModel.value = model.peek();
      state.pointed.value = undefined; // it was one of the old text
      isRecorded.value = false;
      checkLink(answer);
    });
  });
  effect(() => {
    if (shownModel.value === undefined || shownModel.value !== model.value) return;
    const { prompt, pos: here } = overview.value;
    const { layer, head, cell, pos = here } = chosen.value;
    const settings = {
      token: state.token.value,
      against: state.against.value,
      temperature: state.temperature.value,
      topP: state.topP.value,
      topK: state.topK.value,
    };
    get("inspect", { prompt, pos, layer, head, cell, settings }, (answer) => {
      finding.value = answer;
    });
  });
}

/** A link may name what this text or this model has not. */
function checkLink(shown: Overview): void {
  if (wanted.peek() !== undefined || opening.peek() !== undefined) return; // it is of another model
  const { tokens, model: info } = shown;
  const limits = [
    ["pos", state.pos, tokens.length, "tokens"],
    ["layer", state.layer, info.layers, "layers"],
    ["head", state.head, info.heads, "heads"],
  ] as const;
  for (const [part, { value }, end, what] of limits) {
    if (value !== undefined && value >= end) state.refuse(part, `there are ${end} ${what}`);
  }
  const cell = state.cell.peek();
  if (cell && !isThere(cell, shown)) {
    state.notes.value = [...state.notes.value, "that cell is not there"];
    state.change({ cell: undefined });
  }
}
