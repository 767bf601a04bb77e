/**
 * Derived taps: what lies between the tensors that the forward pass writes, and is inside a kernel there.
 *
 *     stream x → ln1.hook_scale → ln1.hook_normalized → ln1.hook_out
 *     rotated q, k → attn.hook_attn_scores → attn.hook_pattern → attn.hook_z
 *     attn.hook_z → attn.hook_result → hook_attn_out
 *     ids → embed.hook_lookup → hook_embed
 *
 * Each such chain starts from recorded taps, its inputs, and ends in one, its target. Where a number in the middle is
 * changed, the rest of the chain is computed here, by the definition (nn/), and takes the place of the target: so it can
 * be changed on every backend.
 * @module
 */
import type { GemmaConfig } from "../../config.ts";
import { parseTap, type RecordedTap, streamInto } from "../../model/taps.ts";
import { patternOf, rememberIn, scoresOf, zOf } from "./attention.ts";
import type { Chain } from "./chain.ts";
import { embedOf, lookUp } from "./embedding.ts";
import { attnOutOf, resultOf } from "./heads.ts";
import { normalizedOf, normOutOf, scaleOf } from "./norm.ts";

/** The chain that ends in `target`, if one does. */
export function chainTo(target: RecordedTap, config: GemmaConfig): Chain | undefined {
  const { layer = config.numHiddenLayers, tap } = parseTap(target);
  const block = `blocks.${layer}` as const;
  switch (tap) {
    case "hook_embed":
      return {
        inputs: [],
        stages: [{ tap: "embed.hook_lookup", compute: lookUp }],
        finish: embedOf,
      };
    case "ln1.hook_out":
      return norm(`${block}.ln1`, streamInto(layer), `model.layers.${layer}.input_layernorm`);
    case "ln2.hook_out": {
      const weight = `model.layers.${layer}.post_attention_layernorm`;
      return norm(`${block}.ln2`, `${block}.hook_resid_mid`, weight);
    }
    case "ln_final.hook_out":
      return norm("ln_final", streamInto(layer), "model.norm");
    case "attn.hook_z":
      return {
        inputs: [`${block}.attn.hook_rot_q`, `${block}.attn.hook_rot_k`, `${block}.attn.hook_v`],
        stages: [
          { tap: `${block}.attn.hook_attn_scores`, compute: scoresOf(layer) },
          { tap: `${block}.attn.hook_pattern`, compute: patternOf },
        ],
        finish: zOf(layer),
        remember: rememberIn(layer),
      };
    case "hook_attn_out":
      return {
        inputs: [`${block}.attn.hook_z`],
        stages: [{ tap: `${block}.attn.hook_result`, compute: resultOf(layer) }],
        finish: attnOutOf,
      };
    default:
      return undefined;
  }
}

function norm(
  name: `blocks.${number}.ln${1 | 2}` | "ln_final",
  stream: RecordedTap,
  weight: string,
): Chain {
  return {
    inputs: [stream],
    stages: [
      { tap: `${name}.hook_scale`, compute: scaleOf },
      { tap: `${name}.hook_normalized`, compute: normalizedOf },
    ],
    finish: normOutOf(`${weight}.weight`),
  };
}
