/**
 * One token followed through the model: the formula, the numbers and the reason of each step. All numbers are those of
 * one `runWithCache`, or are computed from them by a component of nn/, but for the lens.
 * @module
 */
import type { Gemma } from "../../gemma.ts";
import { flat } from "../../interp/display/describe.ts";
import { logitLens } from "../../interp/lens/lens.ts";
import type { ActivationCache } from "../../interp/run/activation-cache.ts";
import { runWithCache } from "../../interp/run/run-with-cache.ts";
import { parseTap, type TapName } from "../../model/taps.ts";
import { gelu } from "../../nn/geglu.ts";

/** A row of numbers that a step shows. */
export interface Row {
  readonly name: string;
  /** Axes by their letters, `D 128`; undefined of a single number. */
  readonly axis?: string;
  /** The tap that has them, if one does. */
  readonly tap?: TapName;
  readonly numbers: readonly number[];
}

/** A step of the forward pass. */
export interface Step {
  readonly title: string;
  readonly formula: string;
  readonly why: string;
  readonly rows: readonly Row[];
}

/** A token, and how strongly. */
export interface Weighed {
  readonly id: number;
  readonly piece?: string;
  readonly probability: number;
}

/** What `explain` shows. */
export interface Followed {
  readonly position: number;
  readonly layer: number;
  readonly head: number;
  readonly tokens: readonly { readonly id: number; readonly piece?: string }[];
  readonly embedding: Step;
  /** The steps of the block up to the scores. */
  readonly attention: readonly Step[];
  /** What the head reads: the token at each position it can see. */
  readonly scores: readonly (Weighed & { readonly position: number; readonly score: number })[];
  /** The steps of the block after the scores. */
  readonly rest: readonly Step[];
  /** After each block, the tokens that would come if it were the last. */
  readonly lens: readonly { readonly layer: number; readonly top: readonly Weighed[] }[];
  readonly next: readonly (Weighed & { readonly logit: number })[];
  /** The token that does stand at the next position, if there is one. */
  readonly actual?: Weighed;
}

/** How many tokens the model thinks of next are listed; and after each block. */
const TOP = 5;
const LENS_TOP = 3;

/** @param at the token's position, a block, and a head of it; all are there. */
export async function follow(
  gemma: Gemma,
  ids: readonly number[],
  at: { readonly position: number; readonly layer: number; readonly head: number },
  signal: AbortSignal,
): Promise<Followed> {
  const { model, config, tokenizer } = gemma;
  const { position, layer, head } = at;
  const { numAttentionHeads: N, numKeyValueHeads: K } = config;
  const block = `blocks.${layer}` as const;
  const names = (name: TapName) => {
    const { layer: its, tap } = parseTap(name);
    if (tap === "attn.hook_result" || tap === "attn.hook_qkv") return false;
    return its === undefined || its === layer;
  };
  const cache = await runWithCache(model, ids, { names, positions: position, signal });
  const piece = (id: number) =>
    tokenizer && id < tokenizer.vocabSize ? tokenizer.piece(id) : undefined;
  const named = (id: number) => {
    const text = piece(id);
    return text === undefined ? { id } : { id, piece: text };
  };
  const weighed = (id: number, probability: number): Weighed => ({ ...named(id), probability });
  const logits = flat(cache.get("logits"));
  const p = softmaxOf(logits);
  const topK = Math.min(LENS_TOP, config.vocabSize - model.paddingIds.length);
  const lens = await logitLens(model, ids, { positions: position, topK, signal });
  const kv = Math.floor((head * K) / N);
  const scores = flat(cache.head(`${block}.attn.hook_attn_scores`, head));
  const pattern = flat(cache.head(`${block}.attn.hook_pattern`, head));
  const nextId = ids[position + 1];
  return {
    ...at,
    tokens: ids.map(named),
    embedding: embeddingStep(cache, model.embedScale),
    attention: attentionSteps(cache, { ...at, kv }),
    scores: Array.from({ length: position + 1 }, (_, s) => ({
      position: s,
      ...weighed(ids[s], pattern[s]),
      score: scores[s],
    })),
    rest: restSteps(cache, { ...at, kv }),
    lens: lens.depths.slice(1).map(({ depth, cells: [{ top }] }) => ({
      layer: depth - 1,
      top: top.map(({ id, probability }) => weighed(id, probability)),
    })),
    next: best(logits, TOP, model.paddingIds).map((id) => ({
      ...weighed(id, p[id]),
      logit: logits[id],
    })),
    ...(nextId === undefined ? {} : { actual: weighed(nextId, p[nextId]) }),
  };
}

function softmaxOf(logits: ArrayLike<number>): Float64Array {
  let max = Number.NEGATIVE_INFINITY;
  for (let v = 0; v < logits.length; v++) max = Math.max(max, logits[v]);
  const e = Float64Array.from(logits, (x) => Math.exp(x - max));
  const sum = e.reduce((a, b) => a + b, 0);
  return e.map((x) => x / sum);
}

/** The ids of the `count` largest but for those in `except`, one pass for each: they are few. */
function best(logits: ArrayLike<number>, count: number, except: readonly number[]): number[] {
  const found: number[] = [];
  while (found.length < Math.min(count, logits.length - except.length)) {
    let top = -1;
    for (let v = 0; v < logits.length; v++) {
      if (found.includes(v) || except.includes(v)) continue;
      if (top < 0 || logits[v] > logits[top]) top = v;
    }
    found.push(top);
  }
  return found;
}

/** A row of a tap: of one head, if it has heads. */
function rowOf(
  cache: ActivationCache,
  name: string,
  tap: TapName,
  letter: string,
  head?: number,
): Row {
  const numbers = Array.from(flat(head === undefined ? cache.get(tap) : cache.head(tap, head)));
  return numbers.length === 1
    ? { name, tap, numbers }
    : { name, axis: `${letter} ${numbers.length}`, tap, numbers };
}

function embeddingStep(cache: ActivationCache, scale: number): Step {
  return {
    title: "Embedding",
    formula: "x = table[id] · √D",
    why: "Each token has a row of the table; times √D it begins the residual stream.",
    rows: [
      rowOf(cache, "table[id]", "embed.hook_lookup", "D"),
      { name: "√D", numbers: [scale] },
      rowOf(cache, "x", "hook_embed", "D"),
    ],
  };
}

interface Place {
  readonly layer: number;
  readonly head: number;
  readonly kv: number;
  readonly position: number;
}

function attentionSteps(cache: ActivationCache, { layer, head, kv, position }: Place): Step[] {
  const { numAttentionHeads: N, numKeyValueHeads: K, headDim: H } = cache.config;
  const tap = (name: string) => `blocks.${layer}.${name}` as TapName;
  const row = (name: string, of: string, letter: string, n?: number) =>
    rowOf(cache, name, tap(of), letter, n);
  const heads = `${N} heads of q, ${K} of k and v`;
  return [
    {
      title: "RMSNorm",
      formula: "n = x / scale · (1 + w),  scale = √(mean(x²) + ε)",
      why: "The block sees every token at the same size, however large x has grown.",
      rows: [
        row("x", "hook_resid_pre", "D"),
        row("scale", "ln1.hook_scale", "1"),
        row("n", "ln1.hook_out", "D"),
      ],
    },
    {
      title: "Query, key, value",
      formula: "q = Wq n,  k = Wk n,  v = Wv n",
      why: `q looks for a k that fits, to be handed its v; ${heads}.`,
      rows: [
        row(`q, head ${head}`, "attn.hook_q", "H", head),
        row(`k, head ${kv}`, "attn.hook_k", "H", kv),
        row(`v, head ${kv}`, "attn.hook_v", "H", kv),
      ],
    },
    {
      title: "RoPE",
      formula: "(a, b) → (a cos φ − b sin φ, b cos φ + a sin φ)",
      why: `φ = pos · θ^(−2i/H): only distances count. Number i is paired with i + ${H / 2}.`,
      rows: [
        { name: "φ of pairs", axis: `H/2 ${H / 2}`, numbers: angles(cache, position) },
        row(`q, turned`, "attn.hook_rot_q", "H", head),
        row(`k, turned`, "attn.hook_rot_k", "H", kv),
      ],
    },
  ];
}

/** The angles, in radians, by which the pairs of a head are turned at a position. */
function angles(
  { config: { headDim: H, ropeTheta } }: ActivationCache,
  position: number,
): number[] {
  return Array.from({ length: H / 2 }, (_, i) => position / ropeTheta ** ((2 * i) / H));
}

function restSteps(cache: ActivationCache, { layer, head }: Place): Step[] {
  const tap = (name: string) => `blocks.${layer}.${name}` as TapName;
  const row = (name: string, of: string, letter: string, n?: number) =>
    rowOf(cache, name, tap(of), letter, n);
  const gate = row("gate", "mlp.hook_pre", "F");
  return [
    {
      title: "Heads together",
      formula: "z = Σ p · v,  x + Wo [z of all heads]",
      why: "Each head hands over what it has read; their sum is added to the stream.",
      rows: [
        row(`z, head ${head}`, "attn.hook_z", "H", head),
        row("Wo z", "hook_attn_out", "D"),
        row("x", "hook_resid_mid", "D"),
      ],
    },
    {
      title: "RMSNorm",
      formula: "n = x / scale · (1 + w)",
      why: "The second norm of the block, in front of the MLP.",
      rows: [row("scale", "ln2.hook_scale", "1"), row("n", "ln2.hook_out", "D")],
    },
    {
      title: "MLP",
      formula: "x + Wdown (gelu(Wgate n) · Wup n)",
      why: "Each neuron looks for something (gate), and adds what it knows of it (up).",
      rows: [
        gate,
        row("up", "mlp.hook_pre_linear", "F"),
        { name: "gelu(gate)", axis: gate.axis, numbers: gate.numbers.map(gelu) },
        row("gelu · up", "mlp.hook_post", "F"),
        row("Wdown …", "hook_mlp_out", "D"),
        row("x", "hook_resid_post", "D"),
      ],
    },
  ];
}
