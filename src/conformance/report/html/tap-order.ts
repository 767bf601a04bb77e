/**
 * The rows of a heat map: all outputs of several vectors in one order.
 * @module
 */
import type { Result, TapResult } from "../../run/result.ts";

/** Outputs of one layer, or of none. */
export interface RowGroup {
  /** `block 3`; empty outside the blocks. */
  readonly title: string;
  readonly rows: readonly Row[];
}

/** An output. */
export interface Row {
  readonly tap: string;
  /** Without its layer. */
  readonly name: string;
  readonly golden?: string;
}

const BEFORE = -1;
const BEHIND = Number.POSITIVE_INFINITY;

/**
 * The outputs of `results`, layer by layer, and each layer in computing order: every vector has its own outputs in
 * that order.
 */
export function rowsOf(results: readonly Result[]): RowGroup[] {
  const vectors = results.map(({ taps }) => taps);
  const behind = behindLayers(vectors);
  const groups = new Map<number, TapResult[][]>();
  for (const taps of vectors) {
    for (const [layer, own] of byLayer(taps, behind)) {
      const group = groups.get(layer);
      if (group) group.push(own);
      else groups.set(layer, [own]);
    }
  }
  return [...groups]
    .sort(([a], [b]) => a - b)
    .map(([layer, lists]) => {
      const title = layer === BEFORE || layer === BEHIND ? "" : `block ${layer}`;
      return { title, rows: merged(lists).map(rowOf) };
    });
}

/** The outputs of a vector by layer; those of no layer are before all or behind all. */
function byLayer(
  taps: readonly TapResult[],
  behind: ReadonlyMap<string, boolean>,
): Map<number, TapResult[]> {
  const groups = new Map<number, TapResult[]>();
  for (const tap of taps) {
    const layer = layerOf(tap) ?? ((behind.get(tap.tap) ?? true) ? BEHIND : BEFORE);
    const group = groups.get(layer);
    if (group) group.push(tap);
    else groups.set(layer, [tap]);
  }
  return groups;
}

/** Of outputs of no layer, whether they come behind the layers, as far as a vector tells. */
function behindLayers(vectors: readonly (readonly TapResult[])[]): Map<string, boolean> {
  const behind = new Map<string, boolean>();
  for (const taps of vectors) {
    const firstLayered = taps.findIndex((tap) => layerOf(tap) !== undefined);
    if (firstLayered < 0) continue;
    for (const [i, tap] of taps.entries()) {
      if (layerOf(tap) === undefined) behind.set(tap.tap, i > firstLayered);
    }
  }
  return behind;
}

function layerOf({ tap }: TapResult): number | undefined {
  const [, layer] = /^blocks\.(\d+)\./.exec(tap) ?? [];
  return layer === undefined ? undefined : Number(layer);
}

/** A place in a list that can grow anywhere. */
interface Place {
  readonly tap?: TapResult;
  before: Place;
  next: Place;
}

/** Lists as one, in which each output comes behind those that it comes behind in a list. */
function merged(lists: readonly (readonly TapResult[])[]): TapResult[] {
  const ends = {} as Place;
  ends.before = ends.next = ends;
  const places = new Map<string, Place>();
  const insert = (tap: TapResult, before: Place): Place => {
    const place: Place = { tap, before, next: before.next };
    before.next.before = place;
    before.next = place;
    places.set(tap.tap, place);
    return place;
  };
  // From the longest: its order says the most.
  for (const list of [...lists].sort((a, b) => b.length - a.length)) {
    // What comes before the first that has its place goes right before it.
    const known = list.find(({ tap }) => places.has(tap));
    let last = (known ? places.get(known.tap) : ends)?.before as Place;
    for (const tap of list) last = places.get(tap.tap) ?? insert(tap, last);
  }
  const taps: TapResult[] = [];
  for (let place = ends.next; place.tap; place = place.next) taps.push(place.tap);
  return taps;
}

function rowOf({ tap, golden }: TapResult): Row {
  const withoutLayer = (name: string) => name.replace(/^(blocks|layers)\.\d+\./, "");
  return {
    tap,
    name: withoutLayer(tap),
    ...(golden !== undefined && { golden: withoutLayer(golden) }),
  };
}
