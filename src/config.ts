/**
 * The two models of the report.
 * Gemma Team 2024, arXiv:2403.08295, Table 1.
 *
 * Keys are Hugging Face's in camelCase. Two numbers of the report differ from every config file: its
 * "feedforward hidden dims" (32768, 49152) count gate and up together, so
 * {@link GemmaConfig.intermediateSize} is half of that; and its vocabulary (256128) counts 128 rows of
 * padding that the released checkpoints do not have.
 * @module
 */

/** The shape of a Gemma 1 model. Letters as in `docs/shapes.md`. */
export interface GemmaConfig {
  /** V: rows of the embedding table, which is also the output projection unless that is a matrix of its own. */
  readonly vocabSize: number;
  /** D: width of the residual stream. */
  readonly hiddenSize: number;
  /** F: width of one branch (gate or up) of the MLP. */
  readonly intermediateSize: number;
  /** Number of decoder blocks. */
  readonly numHiddenLayers: number;
  /** N: query heads. N·H need not equal D: it is 4096 against 3072 in the 7B. */
  readonly numAttentionHeads: number;
  /** K: key and value heads. 1 is multi-query (2B), N is multi-head (7B). */
  readonly numKeyValueHeads: number;
  /** H: size of a head. */
  readonly headDim: number;
  /** Longest context the model was trained for, in tokens. */
  readonly maxPositionEmbeddings: number;
  /** ε of every RMSNorm. */
  readonly rmsNormEps: number;
  /** θ of the rotary position embedding. */
  readonly ropeTheta: number;
  /** The token that fills up shorter texts of a batch elsewhere; here nothing is padded. */
  readonly padTokenId: number;
  /** `<eos>`, or all ids that end a text or a turn. */
  readonly eosTokenId: number | readonly number[];
  /** The token in front of every text. */
  readonly bosTokenId: number;
  /**
   * Only where the output projection is a matrix of its own, `lm_head.weight`: as a config.json says, or, of a loaded
   * model, as its weights have it. The published Gemmas have none: their table is both.
   */
  readonly tieWordEmbeddings?: false;
}

/** The ids that end a text, which a config gives as one number or as a list. */
export function eosTokenIds({ eosTokenId }: Pick<GemmaConfig, "eosTokenId">): readonly number[] {
  return typeof eosTokenId === "number" ? [eosTokenId] : eosTokenId;
}

/** Gemma 7B: multi-head attention. */
export const GEMMA_7B: GemmaConfig = {
  vocabSize: 256000,
  hiddenSize: 3072,
  intermediateSize: 24576,
  numHiddenLayers: 28,
  numAttentionHeads: 16,
  numKeyValueHeads: 16,
  headDim: 256,
  maxPositionEmbeddings: 8192,
  rmsNormEps: 1e-6,
  ropeTheta: 10000,
  padTokenId: 0,
  eosTokenId: 1,
  bosTokenId: 2,
};

/** Gemma 2B: smaller, and multi-query attention. */
export const GEMMA_2B: GemmaConfig = {
  ...GEMMA_7B,
  hiddenSize: 2048,
  intermediateSize: 16384,
  numHiddenLayers: 18,
  numAttentionHeads: 8,
  numKeyValueHeads: 1,
};

/** Numbers of parameters, by component. */
export interface ParameterCounts {
  /** The table, counted once although it is used at both ends: V·D. */
  readonly embedding: number;
  /** An output projection of its own: V·D, or 0 where the table is it, as in every published Gemma. */
  readonly head: number;
  /** q, k, v and o of all layers. */
  readonly attention: number;
  /** gate, up and down of all layers. */
  readonly mlp: number;
  /** Two norms a layer, and the final one. */
  readonly norms: number;
  /** All but the table and the head: the report's "non-embedding parameters". */
  readonly nonEmbedding: number;
  /** All of them together: the table counts once, though it is used twice. */
  readonly total: number;
}

/**
 * Parameters per component. The report's Table 2 follows from its own vocabulary:
 * `countParameters({ ...GEMMA_2B, vocabSize: 256128 })` has 524,550,144 + 1,981,884,416.
 */
export function countParameters(config: GemmaConfig): ParameterCounts {
  const { vocabSize: V, hiddenSize: D, intermediateSize: F, numHiddenLayers: layers } = config;
  const { numAttentionHeads: N, numKeyValueHeads: K, headDim: H } = config;
  const embedding = V * D;
  const head = config.tieWordEmbeddings === false ? V * D : 0;
  const attention = layers * (2 * N * H * D + 2 * K * H * D);
  const mlp = layers * 3 * F * D;
  const norms = (2 * layers + 1) * D;
  const nonEmbedding = attention + mlp + norms;
  const total = embedding + head + nonEmbedding;
  return { embedding, head, attention, mlp, norms, nonEmbedding, total };
}
