/**
 * Filters, written as the harness's YAML has them.
 * @module
 */
import type { FilterSpec } from "./filter.ts";
import { FILTERS, OPTIONS } from "./from-lm-eval.ts";

/** An entry of `filter_list`: what `filterFromLmEval` reads. */
export function lmEvalFilter({
  filter,
  ...options
}: FilterSpec): Readonly<Record<string, unknown>> {
  const theirs = Object.entries(options).map(([name, value]) => [nameOf(OPTIONS, name), value]);
  return { function: nameOf(FILTERS, filter), ...Object.fromEntries(theirs) };
}

/** Their name of ours; where they have none, ours. */
function nameOf(names: Readonly<Record<string, string>>, own: string): string {
  return Object.keys(names).find((name) => names[name] === own) ?? own;
}
