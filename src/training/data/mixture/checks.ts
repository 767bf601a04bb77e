/**
 * What a mixture is made of, and resumed from, checked.
 * @module
 */
import { brief } from "../../../brief.ts";
import { isList } from "../../../check.ts";
import { refusals } from "../../../errors.ts";
import { isObject, type JsonValue } from "../../../source/json.ts";
import type { SequenceList } from "../tokens/sequences.ts";

/** A state of a mixture. */
export interface MixtureState {
  /** What must be the same. */
  readonly of: JsonValue;
  readonly step: number;
  readonly random: JsonValue;
  readonly sources: JsonValue;
  readonly tally: JsonValue;
}

/** The names of sources. @throws {ArgumentError} unless each is a list of sequences. */
export function assertSources(
  op: string,
  sources: Readonly<Record<string, SequenceList>>,
): string[] {
  const { argument: refuse } = refusals(op);
  if (!isObject(sources)) {
    throw refuse("sources", "lists of sequences by name: { stories, facts }", brief(sources));
  }
  const names = Object.keys(sources);
  if (names.length === 0) throw refuse("sources", "a source at least", "an empty object");
  for (const name of names) {
    const source = sources[name];
    // A text has both, too.
    if (isList(source) && typeof source.at === "function") continue;
    const hint = "documentSequences and windowSequences make one of token ids";
    throw refuse(`sources.${name}`, "a list of sequences", brief(sources[name]), hint);
  }
  return names;
}

/** @throws {ArgumentError} unless `value` is a state of a mixture with the `same` data and options. */
export function stateFrom(
  op: string,
  value: JsonValue,
  same: Readonly<Record<string, JsonValue>>,
): MixtureState {
  const { argument: refuse } = refusals(`${op}.restore`);
  const state = value as unknown as MixtureState;
  if (!isObject(value) || !isObject(state.of)) {
    throw refuse("state", "a state of this mixture", brief(value));
  }
  for (const [name, own] of Object.entries(same)) {
    const before = state.of[name];
    if (JSON.stringify(before) === JSON.stringify(own)) continue;
    const hint = "a run goes on with the data and the options that it began with";
    throw refuse(name, `${brief(own)}, as here`, brief(before), hint);
  }
  return state;
}
