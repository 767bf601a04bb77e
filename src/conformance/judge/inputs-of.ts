/**
 * What each intermediate is computed from, directly.
 * @module
 */
import { parseTap, type TapName } from "../../model/taps.ts";

const IN_BLOCK: Readonly<Record<string, readonly string[]>> = {
  "ln1.hook_scale": ["hook_resid_pre"],
  "ln1.hook_normalized": ["hook_resid_pre"],
  "ln1.hook_out": ["hook_resid_pre"],
  "attn.hook_q": ["ln1.hook_out"],
  "attn.hook_k": ["ln1.hook_out"],
  "attn.hook_v": ["ln1.hook_out"],
  "attn.hook_qkv": ["ln1.hook_out"],
  "attn.hook_rot_q": ["attn.hook_q"],
  "attn.hook_rot_k": ["attn.hook_k"],
  "attn.hook_attn_scores": ["attn.hook_rot_q", "attn.hook_rot_k"],
  "attn.hook_pattern": ["attn.hook_rot_q", "attn.hook_rot_k"],
  "attn.hook_z": ["attn.hook_rot_q", "attn.hook_rot_k", "attn.hook_v"],
  hook_attn_out: ["attn.hook_z"],
  hook_resid_mid: ["hook_resid_pre", "hook_attn_out"],
  "ln2.hook_scale": ["hook_resid_mid"],
  "ln2.hook_normalized": ["hook_resid_mid"],
  "ln2.hook_out": ["hook_resid_mid"],
  "mlp.hook_pre": ["ln2.hook_out"],
  "mlp.hook_pre_linear": ["ln2.hook_out"],
  "mlp.hook_post": ["mlp.hook_pre", "mlp.hook_pre_linear"],
  hook_mlp_out: ["mlp.hook_post"],
  hook_resid_post: ["hook_resid_mid", "hook_mlp_out"],
};

const OUTSIDE: Readonly<Record<string, readonly string[]>> = {
  "embed.hook_lookup": [],
  hook_embed: [],
  logits: ["ln_final.hook_out"],
};

/** The taps that `name` is computed from, in a model of so many layers. */
export function inputsOf(name: TapName, layers: number): TapName[] {
  const { layer, tap } = parseTap(name);
  if (layer === undefined) {
    const last = `blocks.${layers - 1}.hook_resid_post`;
    return (OUTSIDE[tap] ?? [last]) as TapName[];
  }
  return (IN_BLOCK[tap] ?? []).map((input) => streamOf(`blocks.${layer}.${input}` as TapName));
}

/** The stream before a block is the one behind the block before it, and at first the embedding. */
function streamOf(name: TapName): TapName {
  const { layer, tap } = parseTap(name);
  if (tap !== "hook_resid_pre" || layer === undefined) return name;
  return layer === 0 ? "hook_embed" : `blocks.${layer - 1}.hook_resid_post`;
}
