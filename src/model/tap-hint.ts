/**
 * What to say about a name that is no tap of a model: the nearest that is one, or the one that TransformerLens
 * has renamed (its TransformerBridge, version 3: every part has a `hook_in` and a `hook_out`).
 * @module
 */
import type { GemmaConfig } from "../config.ts";
import { nearest } from "../option-hints.ts";
import {
  type DerivedLayerTap,
  type DerivedModelTap,
  type LayerTap,
  type ModelTap,
  parseTap,
  tapNames,
} from "./taps.ts";

const RENAMED: Readonly<
  Record<string, LayerTap | ModelTap | DerivedLayerTap | DerivedModelTap | undefined>
> = {
  "embed.hook_out": "hook_embed",
  "unembed.hook_in": "ln_final.hook_out",
  "unembed.hook_out": "logits",
  hook_unembed: "logits",
  hook_in: "hook_resid_pre",
  hook_out: "hook_resid_post",
  "ln1.hook_in": "hook_resid_pre",
  "ln2.hook_in": "hook_resid_mid",
  "attn.hook_in": "ln1.hook_out",
  "attn.hook_out": "hook_attn_out",
  "attn.q.hook_out": "attn.hook_q",
  "attn.k.hook_out": "attn.hook_k",
  "attn.v.hook_out": "attn.hook_v",
  "attn.o.hook_in": "attn.hook_z",
  "attn.o.hook_out": "hook_attn_out",
  "mlp.hook_in": "ln2.hook_out",
  "mlp.hook_out": "hook_mlp_out",
  "mlp.gate.hook_out": "mlp.hook_pre",
  "mlp.in.hook_out": "mlp.hook_pre_linear",
  "mlp.out.hook_in": "mlp.hook_post",
  "mlp.out.hook_out": "hook_mlp_out",
};

/** The likely next step after `name`, which is no tap of the model of `config`. */
export function tapHint(name: unknown, config: GemmaConfig): string {
  const list = "tapNames(config) lists them all";
  if (typeof name !== "string") return list;
  const { layer, tap } = parseTap(name);
  const { numHiddenLayers: count } = config;
  if (layer !== undefined && layer >= count) return `the model has blocks 0 to ${count - 1}`;
  const block = layer === undefined ? "" : `blocks.${layer}.`;
  const renamed = Object.hasOwn(RENAMED, tap) ? RENAMED[tap] : undefined;
  if (renamed) return `did you mean ${block}${renamed}?`;
  const near = nearest(
    name,
    tapNames(config).filter((other) => other.startsWith(block)),
  );
  return near === undefined ? list : `did you mean ${near}?`;
}
