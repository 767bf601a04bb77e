/**
 * Matches between models, counted in a square matrix.
 * @module
 */
import { brief } from "../../brief.ts";
import { refusals } from "../../errors.ts";
import type { JudgedPair, Winner } from "../outcome.ts";
import { outcomeOf } from "../outcome.ts";

/** Two models met, and one won. */
export interface Match {
  /** Two different names. */
  readonly models: readonly [string, string];
  /** A match with an error counts for nothing. */
  readonly winner: Winner;
}

/** All matches of some models. */
export interface WinMatrix {
  /** In the order in which they first play. */
  readonly models: readonly string[];
  /** wins[i][j]: how often i beat j; a tie is half a win to each. */
  readonly wins: readonly Float64Array[];
  /** Matches that count. */
  readonly matches: number;
  /** Matches with an error. */
  readonly errors: number;
}

const WINNERS: readonly unknown[] = ["model_1", "model_2", "tie", "error"];

/** @throws {ArgumentError} if a match is not between two models, or has no winner of the four. */
export function assertMatches(op: string, matches: readonly Match[]): void {
  const refuse = refusals(op);
  if (!Array.isArray(matches))
    throw refuse.argument("matches", "a list of matches", brief(matches));
  matches.forEach((match, i) => {
    const { models, winner } = Object(match) as Partial<Match>;
    const isTwo =
      Array.isArray(models) && models.length === 2 && models.every((m) => typeof m === "string");
    if (!isTwo) throw refuse.argument(`matches[${i}].models`, "two names", brief(models));
    if (models[0] === models[1]) {
      throw refuse.argument(`matches[${i}].models`, "two different models", brief(models));
    }
    if (WINNERS.includes(winner)) return;
    const expected = '"model_1", "model_2", "tie" or "error"';
    throw refuse.argument(`matches[${i}].winner`, expected, brief(winner));
  });
}

/** Who beat whom how often. @throws {ArgumentError} if a match is not one. */
export function winMatrix(matches: readonly Match[]): WinMatrix {
  assertMatches("winMatrix", matches);
  const models = [...new Set(matches.flatMap((match) => match.models))];
  const index = new Map(models.map((model, i) => [model, i]));
  const wins = models.map(() => new Float64Array(models.length));
  let errors = 0;
  for (const { models: names, winner } of matches) {
    const [a, b] = names.map((name) => index.get(name) as number);
    if (winner === "error") errors++;
    else if (winner === "tie") {
      wins[a][b] += 0.5;
      wins[b][a] += 0.5;
    } else if (winner === "model_1") wins[a][b]++;
    else wins[b][a]++;
  }
  return { models, wins, matches: matches.length - errors, errors };
}

const WINNER = { win: "model_1", loss: "model_2", tie: "tie", error: "error" } as const;

/** Judged pairs as matches, a pair each, shown in one order or both. @throws {ArgumentError} if a pair does not name its models. */
export function matchesOf(pairs: readonly JudgedPair[]): Match[] {
  return pairs.map((pair, i) => {
    if (pair.models) return { models: pair.models, winner: WINNER[outcomeOf(pair)] };
    throw refusals("matchesOf").argument(`pairs[${i}].models`, "the names of two models", "none");
  });
}
