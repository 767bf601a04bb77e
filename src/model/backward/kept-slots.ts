/**
 * What the forward pass leaves for the backward. Of a token and block that is 2D + (2N + 2K)·H + … numbers, far more than
 * its weights once texts are long; so there are two ways, with the same results to the bit.
 * Chen et al. 2016, arXiv:1604.06174, for the second.
 * @module
 */
import type { Backend, Handles } from "../../backend/backend.ts";
import type { GemmaConfig } from "../../config.ts";
import { allocating, type Slots } from "../slots.ts";
import { parseTap, type RecordedTap } from "../taps.ts";

/** Within a block, what its backward reads: each has a tensor of its own. */
const KEPT: ReadonlySet<string> = new Set([
  "ln1.hook_out",
  "attn.hook_rot_q",
  "attn.hook_rot_k",
  "attn.hook_v",
  "attn.hook_z",
  "hook_resid_mid",
  "ln2.hook_out",
  "mlp.hook_pre",
  "mlp.hook_pre_linear",
  "mlp.hook_post",
]);

/** Queries and keys are rotated in place: no backward asks for them as they were before. */
const IN_PLACE: Readonly<Record<string, string>> = {
  "attn.hook_q": "attn.hook_rot_q",
  "attn.hook_k": "attn.hook_rot_k",
};

/** Whether a tap is the stream between blocks, which both ways keep. */
const isBorder = (tap: string) => tap === "hook_embed" || tap === "hook_resid_post";

/**
 * Slots for `rows` rows.
 * @param recomputes keep the stream at the borders of blocks only: D numbers a token and block. The blocks share one set
 * of the rest, which recompute.ts fills again.
 */
export function keptSlots<Dev extends Handles>(
  backend: Backend<Dev>,
  config: GemmaConfig,
  rows: number,
  recomputes: boolean,
): Slots<Dev> {
  const bufferOf = (name: RecordedTap): string => {
    const { layer, tap: given } = parseTap(name);
    const tap = IN_PLACE[given] ?? given;
    if (isBorder(tap)) return name;
    if (layer === undefined || recomputes || !KEPT.has(tap)) return tap;
    return `blocks.${layer}.${tap}`;
  };
  return allocating(bufferOf, backend, config, { rows, logitRows: 0 });
}
