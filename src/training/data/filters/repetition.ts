/**
 * Gopher's limits on repetition (Rae et al. 2021, arXiv:2112.11446, table A1), in the reading of datatrove's
 * `gopher_repetition_filter.py`: shares of a text's lines and paragraphs that came before, and shares of its characters in
 *
 *     the most frequent 2-, 3- or 4-gram of words, every time it comes     ≤ 0.20, 0.18, 0.16
 *     5- … 10-grams of words that came before, no character counted twice  ≤ 0.15, 0.14, 0.13, 0.12, 0.11, 0.10
 *
 * Characters are those of words. A frequent n-gram counts only where it comes at least three times: in a text of five lines one
 * that comes twice is many of all characters, and no repetition.
 * @module
 */
import { assertOptions, type OptionNames } from "../../../options.ts";
import { words } from "../text/words.ts";
import { atMost, type Broken, type DocumentFilter, firstBroken } from "./filter.ts";
import { assertThresholds } from "./thresholds.ts";

/** Options of {@link repetitionFilter}: its thresholds, each a share. */
export interface RepetitionOptions {
  /** Of lines that came before. Default 0.3. */
  readonly maxLines?: number;
  /** Of characters in such lines. Default 0.2. */
  readonly maxLineCharacters?: number;
  /** Of paragraphs that came before. Default 0.3. */
  readonly maxParagraphs?: number;
  /** Of characters in such paragraphs. Default 0.2. */
  readonly maxParagraphCharacters?: number;
  /** Of characters in the most frequent n-gram, by n. Default `{ 2: 0.2, 3: 0.18, 4: 0.16 }`. */
  readonly maxTop?: Readonly<Record<number, number>>;
  /** Of characters in n-grams that came before, by n. Default: from 0.15 at 5 down to 0.10 at 10. */
  readonly maxRepeated?: Readonly<Record<number, number>>;
}

const NAMES: OptionNames<RepetitionOptions> = {
  maxLines: true,
  maxLineCharacters: true,
  maxParagraphs: true,
  maxParagraphCharacters: true,
  maxTop: true,
  maxRepeated: true,
};

const TOP = { 2: 0.2, 3: 0.18, 4: 0.16 };
const REPEATED = { 5: 0.15, 6: 0.14, 7: 0.13, 8: 0.12, 9: 0.11, 10: 0.1 };

/** An n-gram that comes less often is not frequent. */
const FREQUENT = 3;

/**
 * Drops texts that say the same again and again.
 * @throws {ArgumentError} if a threshold is not a number, or negative.
 */
export function repetitionFilter(options: RepetitionOptions = {}): DocumentFilter {
  assertOptions("repetitionFilter", options, NAMES);
  const { maxTop = TOP, maxRepeated = REPEATED, ...shares } = options;
  for (const thresholds of [shares, maxTop, maxRepeated]) {
    assertThresholds("repetitionFilter", thresholds);
  }
  const check = (text: string) =>
    firstBroken("repetition", broken(text, { ...shares, maxTop, maxRepeated }));
  return { name: "repetition", check };
}

function* broken(text: string, of: RepetitionOptions): Generator<Broken> {
  const lines = repeated(text.split(/\n+/));
  yield atMost("repeated lines", lines.share, of.maxLines ?? 0.3);
  yield atMost("characters in repeated lines", lines.characters, of.maxLineCharacters ?? 0.2);
  const paragraphs = repeated(text.split(/\n\s*\n/));
  yield atMost("repeated paragraphs", paragraphs.share, of.maxParagraphs ?? 0.3);
  const { maxParagraphCharacters = 0.2 } = of;
  yield atMost("characters in repeated paragraphs", paragraphs.characters, maxParagraphCharacters);

  const all = words(text);
  const characters = all.reduce((sum, word) => sum + word.length, 0);
  if (characters === 0) return;
  for (const [n, most] of Object.entries(of.maxTop ?? {})) {
    yield atMost(`most frequent ${n}-gram`, topCharacters(all, Number(n)) / characters, most);
  }
  for (const [n, most] of Object.entries(of.maxRepeated ?? {})) {
    const share = repeatedCharacters(all, Number(n)) / characters;
    yield atMost(`repeated ${n}-grams`, share, most);
  }
}

/** Shares of parts, and of their characters, that are equal to one before them. Empty parts do not count. */
function repeated(parts: readonly string[]): { share: number; characters: number } {
  const seen = new Set<string>();
  let [count, again, characters, charactersAgain] = [0, 0, 0, 0];
  for (const part of parts.map((one) => one.trim())) {
    if (part === "") continue;
    count++;
    characters += part.length;
    if (seen.has(part)) {
      again++;
      charactersAgain += part.length;
    }
    seen.add(part);
  }
  return { share: again / (count || 1), characters: charactersAgain / (characters || 1) };
}

/** Characters of the n-gram that has most of them, over all its places. */
function topCharacters(of: readonly string[], n: number): number {
  const counts = new Map<string, number>();
  let most = 0;
  for (let i = 0; i + n <= of.length; i++) {
    const run = of.slice(i, i + n);
    const key = run.join(" ");
    const count = (counts.get(key) ?? 0) + 1;
    counts.set(key, count);
    if (count >= FREQUENT) most = Math.max(most, count * run.join("").length);
  }
  return most;
}

/** Characters in n-grams that came before; behind one that did, the next n words begin. */
function repeatedCharacters(of: readonly string[], n: number): number {
  const seen = new Set<string>();
  let characters = 0;
  for (let i = 0; i + n <= of.length; ) {
    const run = of.slice(i, i + n);
    const key = run.join(" ");
    const isAgain = seen.has(key);
    if (isAgain) characters += run.join("").length;
    else seen.add(key);
    i += isAgain ? n : 1;
  }
  return characters;
}
