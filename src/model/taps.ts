/**
 * Every intermediate of the forward pass, by name: the one table of taps.
 *
 * Names are TransformerLens's (`blocks.0.attn.hook_q`), so that what is written about one carries
 * over; `hook_out` of a norm is our addition (theirs stop before the gain). `golden` is the name
 * under which the goldens made with gemma_pytorch store the same numbers (fixtures/README.md).
 *
 * A *recorded* tap is a tensor the forward pass writes. A *derived* one is a function of recorded
 * ones (interp/chains/chains.ts), so a backend need not keep it.
 * @module
 */
import { brief } from "../brief.ts";
import type { GemmaConfig } from "../config.ts";
import { refusals } from "../errors.ts";

/** The name, within a block, of a tensor that the forward pass writes. */
export type LayerTap =
  | "ln1.hook_out"
  | `attn.hook_${"q" | "k" | "v" | "rot_q" | "rot_k" | "z"}`
  | "hook_attn_out"
  | "hook_resid_mid"
  | "ln2.hook_out"
  | `mlp.hook_${"pre" | "pre_linear" | "post"}`
  | "hook_mlp_out"
  | "hook_resid_post";

/** The name of a tensor that the forward pass writes outside the blocks. */
export type ModelTap = "hook_embed" | "ln_final.hook_out" | "logits";

/** The name, within a block, of a function of recorded taps. */
export type DerivedLayerTap =
  | "hook_resid_pre"
  | `ln${1 | 2}.hook_${"scale" | "normalized"}`
  | `attn.hook_${"qkv" | "attn_scores" | "pattern" | "result"}`;

/** The name of a function of recorded taps outside the blocks. */
export type DerivedModelTap = "embed.hook_lookup" | `ln_final.hook_${"scale" | "normalized"}`;

/** The name of a tensor that the forward pass writes. */
export type RecordedTap = ModelTap | `blocks.${number}.${LayerTap}`;

/** The name of a tensor computed from recorded ones. */
export type DerivedTap = DerivedModelTap | `blocks.${number}.${DerivedLayerTap}`;

/** The name of any intermediate. */
export type TapName = RecordedTap | DerivedTap;

/** What is known of a tap. */
export interface TapEntry {
  /** Columns of its [L, columns], as a letter or a product of two. */
  readonly columns: "D" | "F" | "V" | "NH" | "KH";
  /** Its name in the goldens; in a block it stands behind `layers.0.` or so. */
  readonly golden?: string;
}

/** Recorded taps of one block, in the order they are computed. */
export const LAYER_TAPS: Readonly<Record<LayerTap, TapEntry>> = {
  "ln1.hook_out": { columns: "D", golden: "attn_norm" },
  "attn.hook_q": { columns: "NH" },
  "attn.hook_k": { columns: "KH" },
  "attn.hook_v": { columns: "KH", golden: "v" },
  "attn.hook_rot_q": { columns: "NH" },
  "attn.hook_rot_k": { columns: "KH", golden: "k_rope" },
  "attn.hook_z": { columns: "NH", golden: "attn_heads" },
  hook_attn_out: { columns: "D", golden: "attn_out" },
  hook_resid_mid: { columns: "D", golden: "attn_residual" },
  "ln2.hook_out": { columns: "D", golden: "mlp_norm" },
  "mlp.hook_pre": { columns: "F", golden: "gate" },
  "mlp.hook_pre_linear": { columns: "F", golden: "up" },
  "mlp.hook_post": { columns: "F", golden: "geglu" },
  hook_mlp_out: { columns: "D", golden: "mlp_out" },
  hook_resid_post: { columns: "D", golden: "output" },
};

/** Recorded taps outside the blocks. */
export const MODEL_TAPS: Readonly<Record<ModelTap, TapEntry>> = {
  hook_embed: { columns: "D" },
  "ln_final.hook_out": { columns: "D", golden: "final_norm" },
  logits: { columns: "V", golden: "logits" },
};

/** Derived taps of one block, with their shapes in the comments. */
export const DERIVED_LAYER_TAPS: Readonly<Record<DerivedLayerTap, { golden?: string }>> = {
  /** The stream coming in: `hook_embed`, or `hook_resid_post` of the block before. [L, D] */
  hook_resid_pre: { golden: "input" },
  /** √(mean(x²) + ε) of the stream coming in. [L, 1] */
  "ln1.hook_scale": {},
  /** The stream coming in divided by its scale: before the gain. [L, D] */
  "ln1.hook_normalized": {},
  /** Queries, keys and values side by side, before RoPE. [L, (N + 2K)·H] */
  "attn.hook_qkv": { golden: "qkv" },
  /** Scaled scores, −∞ where the causal mask hides a key. [N, L, L] */
  "attn.hook_attn_scores": {},
  /** Softmax of the scores. [N, L, L] */
  "attn.hook_pattern": {},
  /** What each head adds to the stream: its z times its columns of o_proj. [L, N, D] */
  "attn.hook_result": {},
  /** As `ln1.*`, of `hook_resid_mid`. */
  "ln2.hook_scale": {},
  "ln2.hook_normalized": {},
};

/** Derived taps outside the blocks. */
export const DERIVED_MODEL_TAPS: Readonly<Record<DerivedModelTap, { golden?: string }>> = {
  /** Rows of the embedding table, before √D. [L, D] */
  "embed.hook_lookup": { golden: "embed.lookup" },
  /** As `ln1.*`, of the last block's `hook_resid_post`. */
  "ln_final.hook_scale": {},
  "ln_final.hook_normalized": {},
};

/** `blocks.3.attn.hook_q` → layer 3, `attn.hook_q`; a tap outside the blocks has no layer. */
export function parseTap(name: string): { layer: number | undefined; tap: string } {
  const [, layer, tap] = /^blocks\.(0|[1-9]\d*)\.(.+)$/.exec(name) ?? [];
  return layer === undefined ? { layer: undefined, tap: name } : { layer: Number(layer), tap };
}

/** The stream that comes into a block, or, behind the last one, into the last norm. */
export function streamInto(layer: number): RecordedTap {
  return layer === 0 ? "hook_embed" : `blocks.${layer - 1}.hook_resid_post`;
}

/** Number of columns of a recorded tap. */
export function tapColumns(name: RecordedTap, config: GemmaConfig): number {
  const { hiddenSize: D, intermediateSize: F, vocabSize: V } = config;
  const { numAttentionHeads: N, numKeyValueHeads: K, headDim: H } = config;
  const { tap } = parseTap(name);
  const { columns } = { ...MODEL_TAPS, ...LAYER_TAPS }[tap as ModelTap | LayerTap];
  return { D, F, V, NH: N * H, KH: K * H }[columns];
}

/**
 * Heads of a tap that has a row of each head: N or K. Undefined of others.
 * @param tap within its block: `attn.hook_q`
 */
export function headsOf(tap: string, config: GemmaConfig): number | undefined {
  const { columns } = (LAYER_TAPS as Readonly<Record<string, TapEntry>>)[tap] ?? {};
  if (columns === "NH") return config.numAttentionHeads;
  return columns === "KH" ? config.numKeyValueHeads : undefined;
}

/** All taps of a model, recorded and derived, in the order they are computed within each group. */
export function tapNames(config: GemmaConfig): TapName[] {
  const perLayer = [...keys(DERIVED_LAYER_TAPS), ...keys(LAYER_TAPS)];
  const names: TapName[] = [...keys(DERIVED_MODEL_TAPS), ...keys(MODEL_TAPS)];
  for (let l = 0; l < config.numHiddenLayers; l++) {
    for (const tap of perLayer) names.push(`blocks.${l}.${tap}`);
  }
  return names;
}

/**
 * The name a tap has in the goldens: `blocks.0.ln1.hook_out` → `layers.0.attn_norm`. Undefined for
 * those the goldens do not hold.
 */
export function goldenName(name: TapName): string | undefined {
  const { layer, tap } = parseTap(name);
  const golden = GOLDEN_NAMES.get(tap);
  return golden && (layer === undefined ? golden : `layers.${layer}.${golden}`);
}

const GOLDEN_NAMES: ReadonlyMap<string, string | undefined> = new Map(
  Object.entries<{ golden?: string }>({
    ...MODEL_TAPS,
    ...DERIVED_MODEL_TAPS,
    ...LAYER_TAPS,
    ...DERIVED_LAYER_TAPS,
  }).map(([tap, { golden }]) => [tap, golden]),
);

function keys<K extends string>(table: Readonly<Record<K, unknown>>): K[] {
  return Object.keys(table) as K[];
}

/** @throws {ArgumentError} unless `names` are a list of taps that the forward pass of this model writes. */
export function assertRecorded(
  op: string,
  names: readonly RecordedTap[],
  { numHiddenLayers }: GemmaConfig,
): void {
  const refuse = refusals(op);
  if (!Array.isArray(names)) {
    throw refuse.argument("names", "a list of names of taps", brief(names));
  }
  for (const name of names) {
    const { layer, tap } = typeof name === "string" ? parseTap(name) : { layer: 0, tap: "" };
    const isThere =
      layer === undefined
        ? Object.hasOwn(MODEL_TAPS, tap)
        : layer < numHiddenLayers && Object.hasOwn(LAYER_TAPS, tap);
    if (isThere) continue;
    const hint = "interp/run/trace.ts derives other taps";
    throw refuse.argument("names", "taps that the forward pass writes", brief(name), hint);
  }
}
