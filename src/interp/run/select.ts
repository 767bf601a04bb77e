/**
 * Which taps are meant: names in any spelling, patterns, tests, and the layers they are to be of.
 * @module
 */
import { brief } from "../../brief.ts";
import { assertInteger } from "../../check.ts";
import type { GemmaConfig } from "../../config.ts";
import { refusals } from "../../errors.ts";
import { layerTapNamed, tapNamed } from "../../model/tap-aliases.ts";
import { tapHint } from "../../model/tap-hint.ts";
import { parseTap, type TapName, tapNames } from "../../model/taps.ts";

/**
 * A name, in our spelling, TransformerLens 3's or the goldens'; a name within a block (`attn.hook_pattern`), which
 * means that of each block; a pattern, in which * stands for any characters (`blocks.*.hook_resid_post`), or of regular
 * expressions; or a test of names.
 */
export type TapFilter = TapName | (string & {}) | RegExp | ((name: TapName) => boolean);

/** Which intermediates are kept, of which blocks and positions. */
export interface TapSelection {
  /** Which taps. Default: all, which takes a lot of memory. */
  readonly names?: TapFilter | readonly TapFilter[];
  /** Of these blocks only; a tap outside the blocks is left out, unless it is named as a whole. −1 is the last. */
  readonly layers?: number | readonly number[];
  /** Of what comes before this block only. −1 is the last. */
  readonly stopAtLayer?: number;
}

/**
 * The taps that are meant, in the order of {@link tapNames}.
 * @throws {ArgumentError} naming `op`, if a name is not a tap of this model, or a pattern or a test fits nothing.
 */
export function selectTaps(
  op: string,
  config: GemmaConfig,
  { names, layers, stopAtLayer }: TapSelection,
): TapName[] {
  const { numHiddenLayers: count } = config;
  const layerOf = (argument: string, value: number, to: number): number => {
    assertInteger(op, argument, value, { from: -count, to });
    return value < 0 ? value + count : value;
  };
  const end = stopAtLayer === undefined ? count : layerOf("stopAtLayer", stopAtLayer, count);
  const wanted =
    layers === undefined
      ? undefined
      : new Set(listed(layers).map((layer) => layerOf("layers", layer, count - 1)));
  const inReach = (name: TapName): boolean => {
    const { layer, tap } = parseTap(name);
    if (layer !== undefined) return layer < end && (wanted?.has(layer) ?? true);
    const isAtEnd = tap === "logits" || tap.startsWith("ln_final.");
    return wanted === undefined && (end === count || !isAtEnd);
  };
  const all = tapNames(config);
  if (names === undefined) return all.filter(inReach);
  const found = new Set<TapName>();
  for (const filter of listed(names)) {
    const exact = typeof filter === "string" ? exactTap(filter, all) : undefined;
    if (exact !== undefined) {
      if (parseTap(exact).layer === undefined || inReach(exact)) found.add(exact);
      continue;
    }
    const fits = testOf(op, filter);
    const matches = all.filter(fits);
    if (matches.length === 0) throw noTap(op, filter, config);
    for (const name of matches) if (inReach(name)) found.add(name);
  }
  return all.filter((name) => found.has(name));
}

function listed<T>(value: T | readonly T[]): readonly T[] {
  return Array.isArray(value) ? value : [value as T];
}

function exactTap(name: string, all: readonly TapName[]): TapName | undefined {
  const tap = tapNamed(name);
  return tap !== undefined && all.includes(tap) ? tap : undefined;
}

/** What a filter that is no exact name says of each tap. */
function testOf(op: string, filter: TapFilter): (name: TapName) => boolean {
  if (typeof filter === "function") {
    return (name) => {
      const isWanted: unknown = filter(name);
      if (typeof isWanted === "boolean") return isWanted;
      const hint = isWanted instanceof Promise ? "the test cannot be asynchronous" : undefined;
      const expected = "a test that says true or false";
      throw refusals(op).argument("names", expected, brief(isWanted), hint);
    };
  }
  if (filter instanceof RegExp) return (name) => name.search(filter) >= 0;
  if (typeof filter !== "string") {
    const expected = "names of taps, patterns, or a test of names";
    throw refusals(op).argument("names", expected, brief(filter), LIST);
  }
  if (filter.includes("*")) {
    const parts = filter.split("*").map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
    const pattern = new RegExp(`^${parts.join(".*")}$`);
    return (name) => pattern.test(name);
  }
  const tap = layerTapNamed(filter);
  return (name) => parseTap(name).layer !== undefined && parseTap(name).tap === tap;
}

const LIST = "tapNames(config) lists them all";

function noTap(op: string, filter: TapFilter, config: GemmaConfig): Error {
  const refuse = refusals(op);
  if (typeof filter !== "string") {
    const got = filter instanceof RegExp ? `${filter}` : brief(filter);
    return refuse.argument("names", "what fits a tap of this model", got, LIST);
  }
  const example = tapNames(config).find((tap) => tap.endsWith("attn.hook_q"));
  const expected = `tap names such as "${example}"`;
  return refuse.argument("names", expected, brief(filter), tapHint(filter, config));
}
