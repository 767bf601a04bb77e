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

/**
 * The outputs of `results`, in computing order: each vector has its own in that order, so one that is new goes in
 * behind the one that it follows there.
 */
export function rowsOf(results: readonly Result[]): RowGroup[] {
  const next = new Map<string, TapResult[]>();
  const placed = new Set<string>();
  const first: TapResult[] = [];
  // From the vector that has the most outputs: its order says the most.
  for (const { taps } of [...results].sort((a, b) => b.taps.length - a.taps.length)) {
    let before: string | undefined;
    for (const tap of taps) {
      if (!placed.has(tap.tap)) {
        placed.add(tap.tap);
        if (before === undefined) first.push(tap);
        else next.set(before, [tap, ...(next.get(before) ?? [])]);
      }
      before = tap.tap;
    }
  }
  return grouped(inOrder(first, next));
}

/** Depth first, without recursion: a chain may be as long as a vector has outputs. */
function inOrder(
  first: readonly TapResult[],
  next: ReadonlyMap<string, readonly TapResult[]>,
): TapResult[] {
  const ordered: TapResult[] = [];
  const open = [...first].reverse();
  for (let tap = open.pop(); tap; tap = open.pop()) {
    ordered.push(tap);
    open.push(...[...(next.get(tap.tap) ?? [])].reverse());
  }
  return ordered;
}

function grouped(taps: readonly TapResult[]): RowGroup[] {
  const groups: { title: string; rows: Row[] }[] = [];
  for (const { tap, golden } of taps) {
    const [, layer, name] = /^blocks\.(\d+)\.(.+)$/s.exec(tap) ?? [];
    const title = layer === undefined ? "" : `block ${layer}`;
    if (groups.at(-1)?.title !== title) groups.push({ title, rows: [] });
    const [, short = golden] = /^layers\.\d+\.(.+)$/s.exec(golden ?? "") ?? [];
    const row = { tap, name: name ?? tap, ...(short !== undefined && { golden: short }) };
    groups.at(-1)?.rows.push(row);
  }
  return groups;
}
