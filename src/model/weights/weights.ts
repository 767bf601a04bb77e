/**
 * The weights of a Gemma: what they are called, and what shape they have.
 *
 * Fields are the checkpoint's names in camelCase. One of them misleads: `postAttentionLayernorm` is
 * the norm *before the MLP* (applied after the attention's residual addition); Gemma 1 has no norm
 * on the output of a block.
 * @module
 */
import type { GemmaConfig } from "../../config.ts";

/** The weights of one block; W is a backend's handle, a name, or whatever else stands for one. */
export interface LayerWeights<W> {
  /** [D] */
  inputLayernorm: W;
  /** [N·H, D] */
  qProj: W;
  /** [K·H, D] */
  kProj: W;
  /** [K·H, D] */
  vProj: W;
  /** [D, N·H] */
  oProj: W;
  /** [D], the norm before the MLP, despite its name. */
  postAttentionLayernorm: W;
  /** [F, D] */
  gateProj: W;
  /** [F, D] */
  upProj: W;
  /** [D, F] */
  downProj: W;
}

/** All weights of a model. */
export interface Weights<W> {
  /** [V, D], the embedding and, tied to it unless there is an `lmHead`, the projection to logits. */
  embedTokens: W;
  /** Those of each block. */
  layers: LayerWeights<W>[];
  /** [D], the norm before the logits. */
  norm: W;
  /** [V, D], the projection to logits where it is a matrix of its own. Not there in a Gemma as published. */
  lmHead?: W;
}

/** The name of the table. */
export const EMBEDDING = "model.embed_tokens.weight";

/** The name of the output projection, which Gemma ties to the table. Some exporters store the copy. */
export const LM_HEAD = "lm_head.weight";

/** The name of the weight that makes logits of the stream. */
export function headName({ tieWordEmbeddings }: Pick<GemmaConfig, "tieWordEmbeddings">): string {
  return tieWordEmbeddings === false ? LM_HEAD : EMBEDDING;
}

/** Name and shape of a weight in a checkpoint. */
export interface WeightSpec {
  /** Its name in checkpoints of Hugging Face. */
  readonly name: string;
  /** [V, D] or [F, D], or [D] of a norm. */
  readonly shape: readonly number[];
}

/** Builds the tree of weights, asking `make` for each one by name and shape. */
export function mapWeights<W>(config: GemmaConfig, make: (spec: WeightSpec) => W): Weights<W> {
  const { vocabSize: V, hiddenSize: D, intermediateSize: F, numHiddenLayers } = config;
  const { numAttentionHeads: N, numKeyValueHeads: K, headDim: H } = config;
  const weight = (name: string, ...shape: number[]) => make({ name: `${name}.weight`, shape });
  const layer = (l: number): LayerWeights<W> => {
    const block = `model.layers.${l}`;
    return {
      inputLayernorm: weight(`${block}.input_layernorm`, D),
      qProj: weight(`${block}.self_attn.q_proj`, N * H, D),
      kProj: weight(`${block}.self_attn.k_proj`, K * H, D),
      vProj: weight(`${block}.self_attn.v_proj`, K * H, D),
      oProj: weight(`${block}.self_attn.o_proj`, D, N * H),
      postAttentionLayernorm: weight(`${block}.post_attention_layernorm`, D),
      gateProj: weight(`${block}.mlp.gate_proj`, F, D),
      upProj: weight(`${block}.mlp.up_proj`, F, D),
      downProj: weight(`${block}.mlp.down_proj`, D, F),
    };
  };
  return {
    embedTokens: weight("model.embed_tokens", V, D),
    layers: Array.from({ length: numHiddenLayers }, (_, l) => layer(l)),
    norm: weight("model.norm", D),
    ...(config.tieWordEmbeddings === false && { lmHead: weight("lm_head", V, D) }),
  };
}

/** Names and shapes of all weights, in the order of the tree. */
export function weightSpecs(config: GemmaConfig): WeightSpec[] {
  const specs: WeightSpec[] = [];
  mapWeights(config, (spec) => specs.push(spec));
  return specs;
}

/** The weights of a tree, in the order of {@link weightSpecs}. */
export function weightsInOrder<W>(weights: Weights<W>): W[] {
  const { embedTokens, layers, norm } = weights;
  const ofBlocks = layers.flatMap((layer) => Object.values<W>({ ...layer }));
  const head = "lmHead" in weights ? [weights.lmHead as W] : [];
  return [embedTokens, ...ofBlocks, norm, ...head];
}
