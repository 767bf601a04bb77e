/**
 * The model that is looked into, and the run of the text that is on the page: one run answers all questions about it.
 * @module
 */
import type { BackendName } from "../../../../src/backend/named.ts";
import { countParameters } from "../../../../src/config.ts";
import { Gemma } from "../../../../src/gemma.ts";
import type { ActivationCache } from "../../../../src/interp/run/activation-cache.ts";
import type { GemmaSource } from "../../../../src/load.ts";
import type { Progress } from "../../../../src/progress.ts";
import type { PrecisionName } from "../../../../src/tensor/precision.ts";
import type { NdArray } from "../../../../src/tensor/tensor.ts";
import type { ModelInfo, Token } from "../messages.ts";
import { idsIn } from "../plain-ids.ts";

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
  /** What it was loaded from, to be loaded another way. */
  readonly source: GemmaSource;
  readonly info: ModelInfo;
  /** Weight of the last norm [D], and the embedding table [V, D]. */
  readonly norm: NdArray;
  readonly table: NdArray;
  /** The output projection [V, D]: the table, unless the model has one of its own. */
  readonly head: NdArray;
  /** The run of a text; that of another text is stopped if it is under way, and forgotten once this one is whole. */
  run(prompt: string): Promise<Run>;
  /** A weight of the model, read once. */
  weight(name: string): Promise<NdArray>;
}

/** How a model is computed here. */
export interface Setting {
  readonly backend: BackendName;
  readonly precision: PrecisionName;
}

/** The definition. */
export const REFERENCE: Setting = { backend: "cpu", precision: "float64" };

const NORM = "model.norm.weight";
const TABLE = "model.embed_tokens.weight";
const HEAD = "lm_head.weight";

interface OpenOptions {
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
}

/** A text longer than this is refused, whatever the model reads: the page keeps all numbers of it. */
const MOST_TOKENS = 512;
/** Of a model that is too large for the reference. */
const MOST_TOKENS_OF_LARGE = 64;
/** So many weights of a large model are kept as tensors: as many as a layer has, and a few. */
const KEPT_WEIGHTS = 12;

export async function openSubject(
  source: GemmaSource,
  name: string,
  setting: Setting = REFERENCE,
  options: OpenOptions = {},
): Promise<Subject> {
  const gemma = await Gemma.load(source, { ...setting, ...options });
  const { config } = gemma;
  const isLarge = setting.precision !== "float64";
  const [norm, table, own] = await Promise.all([
    gemma.weight(NORM),
    gemma.weight(TABLE),
    config.tieWordEmbeddings === false ? gemma.weight(HEAD) : undefined,
  ]).catch(async (error) => {
    await gemma.dispose();
    throw error;
  });
  const weights = new Map<string, Promise<NdArray>>();
  const weight = async (tensor: string) => {
    if (tensor === NORM) return norm;
    if (tensor === TABLE) return table;
    const read = weights.get(tensor) ?? gemma.weight(tensor);
    weights.delete(tensor); // the one that was asked for last is the last to go
    weights.set(tensor, read);
    if (isLarge && weights.size > KEPT_WEIGHTS) weights.delete([...weights.keys()][0]);
    return read;
  };

  const most = isLarge ? MOST_TOKENS_OF_LARGE : MOST_TOKENS;
  const info: ModelInfo = {
    name,
    backend: `${gemma.backend.info.name}, ${setting.precision}`,
    precision: setting.precision,
    hasTokenizer: gemma.tokenizer !== undefined,
    weights: countParameters(config).total,
    layers: config.numHiddenLayers,
    heads: config.numAttentionHeads,
    keyHeads: config.numKeyValueHeads,
    headDim: config.headDim,
    vocabSize: config.vocabSize,
    contextLength: Math.min(config.maxPositionEmbeddings, most),
  };
  let current: { prompt: string; stop: AbortController; run: Promise<Run> } | undefined;
  /** The last that was whole: a number of it may be asked for while the run of the next text is under way. */
  let whole: Run | undefined;
  return {
    gemma,
    source,
    norm,
    table,
    head: own ?? table,
    weight,
    run(prompt) {
      if (whole?.prompt === prompt) return Promise.resolve(whole);
      if (current?.prompt !== prompt) {
        if (current?.prompt !== whole?.prompt) current?.stop.abort();
        const stop = new AbortController();
        current = { prompt, stop, run: start(gemma, prompt, info.contextLength, stop.signal) };
        const ran = (run: Run) => {
          whole = run;
        };
        current.run.then(ran, () => {}); // errors are told to those that asked
      }
      return current.run;
    },
    info,
  };
}

async function start(
  gemma: Gemma,
  prompt: string,
  limit: number,
  signal: AbortSignal,
): Promise<Run> {
  const tokens = tokensOf(gemma, prompt);
  const surplus = tokens.length - limit;
  if (surplus > 0) {
    const reader = limit === gemma.config.maxPositionEmbeddings ? "this model reads" : "here fit";
    throw new Error(`${tokens.length} tokens are ${surplus} too many: ${reader} ${limit}`);
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

/** BOS, and those of the text; of a model without a tokenizer the ids that are written in it. */
function tokensOf({ tokenizer, config }: Gemma, prompt: string): Token[] {
  const { bosTokenId: bos } = config;
  if (tokenizer) {
    const { ids, pieces } = tokenizer.encodePieces(prompt);
    const first = bos < tokenizer.vocabSize ? tokenizer.piece(bos) : `id ${bos}`;
    return [{ id: bos, piece: first }, ...ids.map((id, i) => ({ id, piece: pieces[i] }))];
  }
  const ids = idsIn(prompt);
  if (!ids) throw new Error("the model came without a tokenizer: write ids, such as 3 5 8 13");
  const end = config.vocabSize;
  const beyond = ids.find((id) => id >= end);
  if (beyond !== undefined) throw new Error(`there is no token ${beyond}: ids go to ${end - 1}`);
  return [bos, ...ids].map((id) => ({ id, piece: `id ${id}` }));
}
