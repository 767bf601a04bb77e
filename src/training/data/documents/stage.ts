/**
 * One step of a preparation: documents in, those without a reason out, and a report of both.
 * @module
 */
import { turnOfTheEventLoop } from "../../../event-loop.ts";
import type { OptionNames } from "../../../options.ts";
import { maskedAt } from "../../../personal-data/masked.ts";
import type { Amount, DroppedExample, DropReason, StageReport, TextDocument } from "./document.ts";

/** A document on its way, with its number among those that came in. */
export interface Numbered<D extends TextDocument> {
  readonly document: D;
  readonly index: number;
  readonly tokens?: number;
}

/** What every step of a preparation is told. */
export interface StageOptions<D extends TextDocument> {
  /** Told of every dropped document, its number from 0, and why. */
  readonly onDropped?: (document: D, index: number, reason: DropReason) => void;
  /** How many dropped documents a report shows for each filter. Default 10. */
  readonly examples?: number;
  /** Ends the work, with its reason. */
  readonly signal?: AbortSignal;
}

/** Options of steps that begin with documents. */
export interface CountingOptions<D extends TextDocument> extends StageOptions<D> {
  /** The number of tokens of a text: `(text) => tokenizer.encode(text).length`. Default: tokens are not counted. */
  readonly countTokens?: (text: string) => number;
}

/** The names of those options. */
export const COUNTING_NAMES: OptionNames<CountingOptions<TextDocument>> = {
  onDropped: "function",
  examples: true,
  signal: true,
  countTokens: "function",
};

/** Characters of an example. */
const EXCERPT = 200;
/** The first half of a character, cut off from the second. */
const HALF = /[\ud800-\udbff]$/;

/** Documents between two turns of the event loop, so that a page stays alive: a few milliseconds of the slowest filter. */
const AT_ONCE = 64;

/** Calls `each` for every item; the event loop turns now and then, and a signal is heard. */
export async function inTurns<T>(
  items: Iterable<T> | AsyncIterable<T>,
  signal: AbortSignal | undefined,
  each: (item: T, i: number) => void,
): Promise<void> {
  signal?.throwIfAborted();
  let i = 0;
  for await (const item of items) {
    each(item, i++);
    if (i % AT_ONCE > 0) continue;
    await turnOfTheEventLoop();
    signal?.throwIfAborted();
  }
}

/** `documents` with their numbers. */
export async function numbered<D extends TextDocument>(
  documents: Iterable<D> | AsyncIterable<D>,
  assert: (document: D, i: number) => void,
  { countTokens, signal }: CountingOptions<D>,
): Promise<readonly Numbered<D>[]> {
  const all: Numbered<D>[] = [];
  await inTurns(documents, signal, (document, index) => {
    assert(document, index);
    all.push({ document, index, tokens: countTokens?.(document.text) });
  });
  return all;
}

/** The documents for which `reasonOf` finds no reason to drop them, and the report. */
export async function stage<D extends TextDocument>(
  name: string,
  documents: readonly Numbered<D>[],
  reasonOf: (document: Numbered<D>, at: number) => DropReason | undefined,
  { onDropped, examples: most = 10, signal }: StageOptions<D>,
): Promise<{ readonly kept: readonly Numbered<D>[]; readonly report: StageReport }> {
  const kept: Numbered<D>[] = [];
  const reasons: Record<string, number> = {};
  const examples: DroppedExample[] = [];
  await inTurns(documents, signal, (entry, at) => {
    const reason = reasonOf(entry, at);
    if (!reason) {
      kept.push(entry);
      return;
    }
    reasons[reason.rule] = (reasons[reason.rule] ?? 0) + 1;
    if (examples.length < most) {
      examples.push({ document: entry.index, text: excerpt(entry.document.text, reason), reason });
    }
    onDropped?.(entry.document, entry.index, reason);
  });
  const report = { name, before: amountOf(documents), after: amountOf(kept), reasons, examples };
  return { kept, report };
}

/** How much `documents` are together. */
export function amountOf(documents: readonly Numbered<TextDocument>[]): Amount {
  const characters = documents.reduce((sum, { document }) => sum + document.text.length, 0);
  const counted = documents.every(({ tokens }) => tokens !== undefined);
  const tokens = documents.reduce((sum, entry) => sum + (entry.tokens ?? 0), 0);
  return { documents: documents.length, characters, ...(counted ? { tokens } : {}) };
}

/** The beginning of a text, with what has to be hidden as its mere form. */
function excerpt(text: string, { hidden = [] }: DropReason): string {
  const shown = maskedAt(text, hidden);
  return shown.length > EXCERPT ? `${shown.slice(0, EXCERPT).replace(HALF, "")}…` : shown;
}
