/**
 * Patching: hooks that put activations of one run in the place of another's.
 *
 *     const cache = await runWithCache(model, clean, { names: "blocks.1.hook_resid_pre" });
 *     const hooks = patchWith(cache, "blocks.1.hook_resid_pre", { positions: 4 });
 *     const logits = await runWithHooks(model, corrupted, hooks);
 *
 * @module
 */
import { brief } from "../../brief.ts";
import { assertInteger } from "../../check.ts";
import { refusals } from "../../errors.ts";
import type { TapName } from "../../model/taps.ts";
import { assertOptions, type OptionNames } from "../../options.ts";
import { formatShape, type NdArray } from "../../tensor/tensor.ts";
import { ActivationCache } from "../run/activation-cache.ts";
import type { Hook, HookList } from "../run/hooks.ts";
import { selectTaps, type TapFilter } from "../run/select.ts";
import { isMap } from "../run/tensors.ts";

/** Which positions and heads are put in. */
export interface PatchOptions {
  /** At these positions only, which the cache has; −1 is the last of its run. Default: all that it has. */
  readonly positions?: number | readonly number[];
  /** Of these heads only. Default: all, and of taps without heads the whole row. */
  readonly heads?: number | readonly number[];
}

const PATCH_NAMES: OptionNames<PatchOptions> = { positions: true, heads: true };

/**
 * Hooks that put what `cache` has of the taps in the place of what is computed, position by position: row l of a pass is
 * replaced by the row of the same position. Positions that the cache has not are left as they are.
 * @param names taps that the cache has: see {@link TapFilter}.
 * @param options {@link PatchOptions}
 * @throws {ArgumentError} if the cache does not have a tap, a position or a head.
 */
export function patchWith(
  cache: ActivationCache,
  names: TapFilter | readonly TapFilter[],
  options: PatchOptions = {},
): HookList {
  const op = "patchWith";
  assertOptions(op, options, PATCH_NAMES);
  if (!(cache instanceof ActivationCache)) {
    const hint = "await runWithCache(model, ids, { names })";
    throw refusals(op).argument("cache", "an ActivationCache", brief(cache), hint);
  }
  const rows = rowsByPosition(op, cache, options.positions);
  return selectTaps(op, cache.config, { names }).map((name) => {
    const heads = headsAmong(op, name, cache.get(name), options.heads);
    return [name, patch(op, name, cache.get(name), rows, heads)] as const;
  });
}

/** The rows of the cache that are put in, by their positions. */
function rowsByPosition(
  op: string,
  { ids, positions: kept }: ActivationCache,
  positions: PatchOptions["positions"],
): ReadonlyMap<number, number> {
  const rows = new Map(kept.map((position, row) => [position, row]));
  if (positions === undefined) return rows;
  const wanted = listed(op, "positions", positions).map((position) => {
    assertInteger(op, "positions", position, { from: -ids.length, to: ids.length - 1 });
    const at = position < 0 ? position + ids.length : position;
    if (rows.has(at)) return at;
    const expected = `positions that the cache has (${kept.join(", ")})`;
    throw refusals(op).argument("positions", expected, position);
  });
  return new Map(wanted.map((position) => [position, rows.get(position) as number]));
}

/** The heads of a tap that are put in; undefined means all of the row. */
function headsAmong(
  op: string,
  name: TapName,
  { shape }: NdArray,
  heads: PatchOptions["heads"],
): readonly number[] | undefined {
  if (heads === undefined) return undefined;
  if (shape.length !== 3) {
    const hint = "attn.hook_z has what each head gives";
    throw refusals(op).argument("heads", "taps with heads", brief(name), hint);
  }
  const list = listed(op, "heads", heads);
  const to = shape[isMap(name) ? 0 : 1] - 1;
  for (const head of list) assertInteger(op, "heads", head, { from: 0, to });
  return list;
}

function listed(op: string, argument: string, value: number | readonly number[]): number[] {
  const list = typeof value === "number" ? [value] : value;
  if (Array.isArray(list) && list.length > 0) return [...list];
  const hint = "leave it out for all";
  throw refusals(op).argument(argument, "a number, or a list of them", brief(value), hint);
}

function patch(
  op: string,
  name: TapName,
  from: NdArray,
  rows: ReadonlyMap<number, number>,
  heads: readonly number[] | undefined,
): Hook {
  return (into, { pos, ids }) => {
    const hasHeads = from.shape.length === 3;
    const [row, head] = isMap(name) ? [1, 0] : [0, 1];
    // Maps of two lengths differ in their keys: those beyond the shorter are hidden from every row that is put in.
    const last = from.shape.length - 1;
    const isSame = from.shape.every((size, axis) => {
      return axis === row || (isMap(name) && axis === last) || size === into.shape[axis];
    });
    if (!isSame) throw refusals(op).shape(name, formatShape(into.shape), from.shape);
    const width = Math.min(from.shape[last], into.shape[last]);
    const count = hasHeads ? from.shape[head] : 1;
    for (const n of heads ?? Array.from({ length: count }, (_, i) => i)) {
      for (let l = 0; l < ids.length; l++) {
        const source = rows.get(pos + l);
        if (source === undefined) continue;
        for (let c = 0; c < width; c++) {
          if (!hasHeads) into.set(l, c, from.get(source, c));
          else if (isMap(name)) into.set(n, l, c, from.get(n, source, c));
          else into.set(l, n, c, from.get(source, n, c));
        }
      }
    }
  };
}
