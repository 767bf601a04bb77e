/**
 * Runs with parts of the model switched off, by the library's hooks. A head or a unit hands on zeros: the layer computes
 * what it would if the columns of its output projection were 0. An MLP adds zeros.
 * @module
 */
import { ablateHead, ablateNeuron } from "../../../../src/interp/interventions/ablation.ts";
import type { ActivationCache } from "../../../../src/interp/run/activation-cache.ts";
import type { HookList } from "../../../../src/interp/run/hooks.ts";
import type { Off, OffPart } from "../off.ts";
import type { Run, Subject } from "./subject.ts";

function hooksOf(part: OffPart): HookList {
  switch (part.kind) {
    case "head":
      return ablateHead(part.layer, part.head);
    case "unit":
      return ablateNeuron(part.layer, part.unit);
    case "mlp":
      return [[`blocks.${part.layer}.hook_mlp_out`, ({ data }) => void data.fill(0)]];
  }
}

/** Row 0 of each tap is that of `pos`; later tokens have no part in it, and are not run. */
export function runWithout(
  { gemma }: Subject,
  { tokens }: Run,
  pos: number,
  off: Off,
  options: { readonly names: readonly string[]; readonly signal: AbortSignal },
): Promise<ActivationCache> {
  const ids = tokens.slice(0, pos + 1).map(({ id }) => id);
  return gemma.runWithCache(ids, { ...options, positions: pos, hooks: off.flatMap(hooksOf) });
}
