/**
 * Greedy text from the engine, with guesses: tokens that may come are fed at once, and those before the first wrong one
 * stand. A text that is guessed takes one pass, and any other comes out as well: no pass changes a bit by how it is cut.
 * @module
 */
import type { Taps } from "../../../src/conformance/engine/engine.ts";
import { Run } from "./run.ts";

/** What can be fed tokens that stand at `pos`, and after that at an earlier one again. */
export interface Feeding {
  feed(ids: readonly number[], pos: number): Taps;
}

export interface GreedyOptions {
  /** Tokens at most. */
  readonly most: number;
  readonly isEnd: (id: number) => boolean;
  /** Texts that may come, as ids. None for an engine whose tokens see later ones, or that cannot go back. */
  readonly guesses: readonly (readonly number[])[];
}

/** The tokens behind the prompt `ids`, which `engine` has not been fed. */
export function greedy(engine: Feeding, ids: readonly number[], options: GreedyOptions): number[] {
  const { most, isEnd, guesses } = options;
  const said: number[] = [];
  let unfed = ids;
  let pos = 0;
  for (;;) {
    const guess = restOf(guesses, said);
    const run = new Run(engine.feed([...unfed, ...guess], pos));
    for (let i = 0; ; i++) {
      const next = largest(run.row("logits", unfed.length - 1 + i));
      if (isEnd(next)) return said;
      said.push(next);
      if (said.length === most) return said;
      if (guess[i] !== next) break;
    }
    unfed = said.slice(-1);
    pos = ids.length + said.length - 1;
  }
}

/** What follows `said` in the first text that begins so; of nothing that is said, all do. */
function restOf(guesses: GreedyOptions["guesses"], said: readonly number[]): readonly number[] {
  if (said.length === 0) return [];
  const fitting = guesses.find((guess) => said.every((id, i) => guess[i] === id));
  return fitting?.slice(said.length) ?? [];
}

/** The place of the largest; the first of equals. */
export function largest(x: ArrayLike<number>): number {
  let best = 0;
  for (let i = 1; i < x.length; i++) if (x[i] > x[best]) best = i;
  return best;
}
