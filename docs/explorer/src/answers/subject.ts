/**
 * The model that is looked into, and the run of the text that is on the page: one run answers all questions about it.
 * @module
 */
import { countParameters } from "../../../../src/config.ts";
import { Gemma } from "../../../../src/gemma.ts";
import type { ActivationCache } from "../../../../src/interp/run/activation-cache.ts";
import type { GemmaSource } from "../../../../src/load.ts";
import type { NdArray } from "../../../../src/tensor/tensor.ts";
import type { ModelInfo, Token } from "../messages.ts";

/** The taps that are kept of every text: those of the first screen, the inspector, attention and the lens. */
const TAPS = [
  ...["hook_embed", "hook_resid_mid", "hook_resid_post", "hook_attn_out", "hook_mlp_out"],
  ...["attn.hook_rot_q", "attn.hook_rot_k", "attn.hook_attn_scores", "attn.hook_pattern"],
  ...["attn.hook_v", "attn.hook_z"],
  ...["ln2.hook_out", "mlp.hook_pre", "mlp.hook_pre_linear", "mlp.hook_post", "logits"],
];

export interface Run {
  readonly prompt: string;
  readonly tokens: readonly Token[];
  /** What most parts of the page show. */
  readonly cache: ActivationCache;
  /** Other taps of this text, read once. */
  more(...names: readonly string[]): Promise<ActivationCache>;
}

export interface Subject {
  readonly gemma: Gemma;
  readonly info: ModelInfo;
  /** Weight of the last norm [D], and the embedding table [V, D]. */
  readonly norm: NdArray;
  readonly table: NdArray;
  /** The run of a text; that of another text is stopped, and forgotten. */
  run(prompt: string): Promise<Run>;
  /** A weight of the model, read once. */
  weight(name: string): Promise<NdArray>;
}

export async function openSubject(source: GemmaSource, name: string): Promise<Subject> {
  const gemma = await Gemma.load(source, { backend: "cpu", precision: "float64" });
  const { config } = gemma;
  const weights = new Map<string, Promise<NdArray>>();
  const weight = (tensor: string) => {
    const read = weights.get(tensor) ?? gemma.weight(tensor);
    weights.set(tensor, read);
    return read;
  };
  const [norm, table] = await Promise.all([
    weight("model.norm.weight"),
    weight("model.embed_tokens.weight"),
  ]);

  let current: { prompt: string; stop: AbortController; run: Promise<Run> } | undefined;
  return {
    gemma,
    norm,
    table,
    weight,
    run(prompt) {
      if (current?.prompt !== prompt) {
        current?.stop.abort();
        const stop = new AbortController();
        current = { prompt, stop, run: start(gemma, prompt, stop.signal) };
        current.run.catch(() => {}); // it is told to those that asked
      }
      return current.run;
    },
    info: {
      name,
      backend: "cpu, float64",
      weights: countParameters(config).total,
      layers: config.numHiddenLayers,
      heads: config.numAttentionHeads,
      keyHeads: config.numKeyValueHeads,
      headDim: config.headDim,
      vocabSize: config.vocabSize,
      contextLength: config.maxPositionEmbeddings,
    },
  };
}

async function start(gemma: Gemma, prompt: string, signal: AbortSignal): Promise<Run> {
  const { tokenizer, config } = gemma;
  if (!tokenizer) throw new Error("the model came without a tokenizer");
  const { ids, pieces } = tokenizer.encodePieces(prompt);
  const bos = { id: config.bosTokenId, piece: tokenizer.piece(config.bosTokenId) };
  const tokens = [bos, ...ids.map((id, i) => ({ id, piece: pieces[i] }))];
  const surplus = tokens.length - config.maxPositionEmbeddings;
  if (surplus > 0) {
    const limit = config.maxPositionEmbeddings;
    throw new Error(`${tokens.length} tokens are ${surplus} too many: this model reads ${limit}`);
  }
  const all = tokens.map(({ id }) => id);
  const cache = await gemma.runWithCache(all, { names: TAPS, signal });
  const read = new Map<string, Promise<ActivationCache>>();
  return {
    prompt,
    tokens,
    cache,
    more(...names) {
      const key = names.join();
      const known = read.get(key) ?? gemma.runWithCache(all, { names, signal });
      read.set(key, known);
      return known;
    },
  };
}
