/**
 * Intermediates as a table: a line for each, or for each name in all blocks, with its axes and figures of its numbers.
 * @module
 */
import type { GemmaConfig } from "../../config.ts";
import { parseTap, type TapName } from "../../model/taps.ts";
import { formatBytes } from "../../table.ts";
import type { NdArray } from "../../tensor/tensor.ts";
import { dtypeOf, figureCells, figuresOf, flat, lettersOf, shapeText } from "./describe.ts";
import type { DisplayTable } from "./display.ts";

/** Most lines of taps; of more, those of one name in all blocks share a line. */
const MOST_LINES = 32;

/** What was run. */
export interface Ran {
  readonly config: GemmaConfig;
  /** The ids that were run. */
  readonly ids: readonly number[];
  /** The positions that rows stand for. */
  readonly positions: readonly number[];
}

/** The table of `taps`; `title` says what holds them. */
export function tapsTable(
  title: string,
  taps: ReadonlyMap<TapName, NdArray>,
  { config, ids, positions }: Ran,
): DisplayTable {
  const bytes = [...taps.values()].map((x) => flat(x).byteLength);
  const [first] = taps.values();
  const size = formatBytes(bytes.reduce((a, b) => a + b, 0));
  const said = first ? `, ${size} in ${dtypeOf(first)}` : "";
  const rows = [...grouped([...taps.keys()], taps.size > MOST_LINES)].map(([line, names]) => {
    const tensors = names.map((name) => taps.get(name) as NdArray);
    const { shape } = tensors[0];
    const axes = shapeText(joined(lettersOf(names[0], config), shape.length), shape);
    return [line, axes, ...figureCells(figuresOf(tensors))];
  });
  return {
    caption: `${title}: ${rowsText(positions, ids)}, ${counted(taps.size, "tap")}${said}`,
    head: ["tap", "shape", "mean", "min", "max", ""],
    align: "llrrrl",
    rows,
  };
}

/** The letters of a tensor whose heads lie side by side: `["L", "N·H"]`. */
function joined(letters: readonly string[], axes: number): readonly string[] {
  return letters.length > axes ? [letters[0], letters.slice(1).join("·")] : letters;
}

/** Names by what a line calls them: each by itself, or those within blocks together, `blocks.0…17.hook_resid_post`. */
function grouped(names: readonly TapName[], isTogether: boolean): ReadonlyMap<string, TapName[]> {
  if (!isTogether) return new Map(names.map((name) => [name, [name]]));
  const byTap = new Map<string, TapName[]>();
  for (const name of names) {
    const { layer, tap } = parseTap(name);
    const key = layer === undefined ? name : `blocks.*.${tap}`;
    byTap.set(key, [...(byTap.get(key) ?? []), name]);
  }
  const titled = [...byTap].map(([key, members]) => {
    const layers = members.map((name) => parseTap(name).layer ?? 0).sort((a, b) => a - b);
    return [key.replace("*", stretches(layers)), members] as const;
  });
  return new Map(titled);
}

/** `[0, 1, 2, 5]` → `0…2,5`. */
function stretches(numbers: readonly number[]): string {
  const parts: [first: number, last: number][] = [];
  for (const n of numbers) {
    const open = parts.at(-1);
    if (open && n === open[1] + 1) open[1] = n;
    else parts.push([n, n]);
  }
  return parts.map(([first, last]) => (first === last ? `${first}` : `${first}…${last}`)).join(",");
}

function rowsText(positions: readonly number[], ids: readonly number[]): string {
  const all = counted(ids.length, "token");
  return positions.length === ids.length ? all : `positions ${stretches(positions)} of ${all}`;
}

function counted(count: number, one: string): string {
  return `${count} ${one}${count === 1 ? "" : "s"}`;
}
