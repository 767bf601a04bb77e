/**
 * Other names of taps: those of the goldens, and those of TransformerLens 3 (TransformerBridge), in which every part has
 * a `hook_in` and a `hook_out`.
 * @module
 */
import {
  DERIVED_LAYER_TAPS,
  DERIVED_MODEL_TAPS,
  type DerivedLayerTap,
  type DerivedModelTap,
  goldenName,
  LAYER_TAPS,
  type LayerTap,
  MODEL_TAPS,
  type ModelTap,
  parseTap,
  type TapName,
} from "./taps.ts";

type Tap = LayerTap | ModelTap | DerivedLayerTap | DerivedModelTap;

const RENAMED: Readonly<Record<string, Tap>> = {
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

const IN_BLOCK: ReadonlySet<string> = new Set([
  ...Object.keys(LAYER_TAPS),
  ...Object.keys(DERIVED_LAYER_TAPS),
]);
const OUTSIDE: ReadonlySet<string> = new Set([
  ...Object.keys(MODEL_TAPS),
  ...Object.keys(DERIVED_MODEL_TAPS),
]);

/** Every spelling of the taps in a block, or of those outside → ours. */
function spellings(ours: ReadonlySet<string>, block: string): ReadonlyMap<string, string> {
  const all = new Map(Object.entries(RENAMED).filter(([, tap]) => ours.has(tap)));
  for (const tap of ours) {
    const golden = goldenName(`${block}${tap}` as TapName);
    if (golden) all.set(golden.replace("layers.0.", ""), tap as Tap);
    all.set(tap, tap as Tap);
  }
  return all;
}

const SPELLINGS_IN_BLOCK = spellings(IN_BLOCK, "blocks.0.");
const SPELLINGS_OUTSIDE = spellings(OUTSIDE, "");

/**
 * The tap of that name, in any spelling: `blocks.0.ln1.hook_out`; `layers.0.attn_norm` as in the goldens;
 * `blocks.0.attn.q.hook_out` as in TransformerLens 3. Undefined if there is none.
 */
export function tapNamed(name: string): TapName | undefined {
  const { layer, tap } = parseTap(name.replace(/^layers\./, "blocks."));
  if (layer === undefined) return SPELLINGS_OUTSIDE.get(tap) as TapName | undefined;
  const found = SPELLINGS_IN_BLOCK.get(tap);
  return found === undefined ? undefined : (`blocks.${layer}.${found}` as TapName);
}

/** The tap within a block of that name, in any spelling: `attn.hook_q`, `attn.q.hook_out`. */
export function layerTapNamed(name: string): string | undefined {
  return SPELLINGS_IN_BLOCK.get(name);
}
