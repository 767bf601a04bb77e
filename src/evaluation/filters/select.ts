/**
 * Filters that choose among several answers to one question, and those that look up an answer.
 * @module
 */
import { refusals } from "../../errors.ts";
import type { FilterStep, MapFilter, TakeFirstKFilter } from "./filter.ts";

/** The filter `takeFirst`: one answer, and no list any more. */
export const takeFirstFilter: FilterStep = ([first]) => first;

/** The filter `takeFirstK`. */
export function takeFirstKFilter({ count }: TakeFirstKFilter): FilterStep {
  return (answers) => {
    if (answers.length >= count) return answers.slice(0, count);
    const hint = "raise the number of repeats of the task";
    throw refusals("takeFirstK").argument("answers", `${count} or more`, answers.length, hint);
  };
}

/** The filter `majorityVote`: a list of the answer that comes most often, of equals that which came first. */
export const majorityVoteFilter: FilterStep = (answers) => {
  const counts = new Map<unknown, number>();
  for (const answer of answers) counts.set(answer, (counts.get(answer) ?? 0) + 1);
  const most = Math.max(...counts.values());
  return [...counts]
    .filter(([, count]) => count === most)
    .map(([answer]) => answer)
    .slice(0, 1);
};

/** The filter `map`. */
export function mapFilter({ values, default: otherwise = null }: MapFilter): FilterStep {
  return (answers) =>
    answers.map((answer) =>
      typeof answer === "string" && Object.hasOwn(values, answer) ? values[answer] : otherwise,
    );
}
