/**
 * Hooks: functions that see an intermediate while a pass is under way, and may put another in its place.
 * @module
 */
import { brief } from "../../brief.ts";
import type { GemmaConfig } from "../../config.ts";
import { refusals } from "../../errors.ts";
import type { TapName } from "../../model/taps.ts";
import type { NdArray } from "../../tensor/tensor.ts";
import { selectTaps, type TapFilter } from "./select.ts";

/** Where a hook is called. */
export interface HookPoint {
  /** The name of the intermediate. */
  readonly name: TapName;
  /** The block. Undefined outside the blocks. */
  readonly layer: number | undefined;
  /** Ids of the rows. */
  readonly ids: readonly number[];
  /** Position of row 0: above 0 where tokens were fed before, as in a generation. */
  readonly pos: number;
}

/**
 * Sees an intermediate, of all rows: [L, columns], [L, heads, H] where each head has its own, [N, L, S] of scores and
 * patterns. To change it, write into `value`, or return another tensor of its shape. The pass waits for it.
 */
export type Hook = (
  value: NdArray,
  point: HookPoint,
  // biome-ignore lint/suspicious/noConfusingVoidType: a function that only looks returns nothing
) => NdArray | undefined | void | Promise<NdArray | undefined | void>;

/**
 * Hooks by name or pattern, `{ "blocks.*.hook_mlp_out": hook }`, or as a list of pairs, `[[/resid/, hook]]`. Those of
 * one tap are called in this order, each with what the one before has left.
 */
export type Hooks =
  | Readonly<Record<string, Hook>>
  | readonly (readonly [TapFilter | readonly TapFilter[], Hook])[];

/** Hooks as a list of pairs, so that several lists go into one: `[...some, ...others]`. */
export type HookList = readonly (readonly [tap: string, hook: Hook])[];

/** The hooks of each tap. @throws {ArgumentError} naming `op`, if they are not what they should be. */
export function hooksByTap(
  op: string,
  config: GemmaConfig,
  hooks: Hooks,
): ReadonlyMap<TapName, readonly Hook[]> {
  if (typeof hooks !== "object" || hooks === null) {
    const expected = "{ name: function } or [[names, function], …]";
    throw refusals(op).argument("hooks", expected, brief(hooks));
  }
  const byTap = new Map<TapName, Hook[]>();
  for (const pair of Array.isArray(hooks) ? hooks : Object.entries(hooks)) {
    const [names, hook] = Array.isArray(pair) ? pair : [];
    if (typeof hook !== "function") {
      const hint = "a hook is called with (value, { name, layer, ids, pos })";
      throw refusals(op).argument("hooks", "a function for each name", brief(hook), hint);
    }
    for (const name of selectTaps(op, config, { names })) {
      byTap.set(name, [...(byTap.get(name) ?? []), hook as Hook]);
    }
  }
  return byTap;
}
