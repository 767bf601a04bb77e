/**
 * The functions that a learner writes: together they are Gemma, and the last of them are how it learns, and what it has learnt by heart. Each is about one
 * row or one head, in plain arrays of float64, so that nobody has to know strides, dtypes or batches.
 * @module
 */

/** Numbers of one position: the stream, a query, logits. */
export type Row = Float64Array;

/** Rows of a matrix, or of several positions. */
export type Rows = readonly Row[];

/** What a block is put together from. Each takes numbers and gives as many new ones. */
export interface BlockParts {
  attentionNorm(x: Row): Row;
  attention(normed: Row): Row;
  mlpNorm(x: Row): Row;
  mlp(normed: Row): Row;
}

/** Keys and values of one key-value head: row s belongs to position s. */
export interface HeadCache {
  readonly k: Row[];
  readonly v: Row[];
}

/** How the next token is drawn. */
export interface DrawOptions {
  readonly temperature: number;
  readonly topP: number;
  readonly topK: number;
}

/** A turn of a conversation. */
export interface Turn {
  readonly role: "user" | "model";
  readonly content: string;
}

/** Feeds tokens that stand at `pos` and after it → the logits behind the last of them. */
export type Step = (ids: readonly number[], pos: number) => Row;

/** A function, and one that says that it is its way back. */
export interface Twin {
  readonly name: string;
  readonly forward: (x: Row) => Row;
  /** From the gradient of what `forward` gives at `x` to the gradient of `x`. */
  readonly backward: (dy: Row, x: Row) => Row;
  readonly x: Row;
  /** As many numbers as `forward` gives. */
  readonly dy: Row;
}

/** The numbers of AdamW that do not change from step to step. */
export interface AdamWNumbers {
  readonly lr: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly eps: number;
  readonly weightDecay: number;
}

/** An answer to a prompt, with a number for each token of both: [T]. */
export interface SampledAnswer {
  readonly reward: number;
  /** log π of each token, under the policy that said it. */
  readonly logprobs: Row;
  /** The same under the model that the policy shall stay near. */
  readonly reference: Row;
  /** 1 on the answer's tokens, that which ends it included; 0 on the prompt's. */
  readonly mask: Row;
}

/** All functions of the road, by the names that a learner exports. */
export interface Parts {
  /** Text, in which ▁ stands for a blank → its pieces. `score` knows pieces only. */
  segment(text: string, score: (piece: string) => number | undefined): string[];
  /** Row `id` of `table` [V, D], times √D → [D]. */
  embed(id: number, table: Rows): Row;
  /** `x` [D], `weight` [D] → [D]. */
  rmsNorm(x: Row, weight: Row, eps: number): Row;
  /** `x` [D], `W` [F, D] → [F]. */
  linear(x: Row, W: Rows): Row;
  softmax(x: Row): Row;
  /** One head. `q` [L, H], of positions from `pos` on; `k`, `v` [S, H] → z [L, H]. */
  attention(q: Rows, k: Rows, v: Rows, pos: number): Row[];
  /** `x` [H], at position `pos` → [H]. */
  rope(x: Row, pos: number, theta: number): Row;
  /** The key-value head, of K, that query head n of N reads. */
  kvHead(n: number, N: number, K: number): number;
  /** Both [F] → [F]. */
  geglu(gate: Row, up: Row): Row;
  /** The stream through one block. */
  block(x: Row, parts: BlockParts): Row;
  /** `x` [D], the last norm's `weight` [D], `table` [V, D] → [V]. ε is 1e-6. */
  logits(x: Row, weight: Row, table: Rows): Row;
  /** Logits [V] → the probabilities of the draw [V]. */
  distribution(logits: Row, options: DrawOptions): Row;
  /** Puts rows of keys and values into `cache`, the first at `pos`. */
  append(cache: HeadCache, k: Rows, v: Rows, pos: number): void;
  /** Greedy: `n` ids after `prompt`. */
  continueText(step: Step, prompt: readonly number[], n: number): number[];
  chatPrompt(messages: readonly Turn[]): string;
  /** The gradient of `f` at `x`, by central differences of step `h`. */
  numericGradient(f: (x: Row) => number, x: Row, h: number): Row;
  /** The names of those whose backward is not that of their forward. `gradient` is a right numericGradient. */
  wrongTwins(twins: readonly Twin[], gradient: Parts["numericGradient"]): string[];
  /** Step `t`, counted from 1 → the new weight, m and v. */
  adamW(weight: Row, gradient: Row, m: Row, v: Row, t: number, numbers: AdamWNumbers): Row[];
  /** Answers to one prompt → ∂loss/∂ log π of each token. */
  rloo(answers: readonly SampledAnswer[], beta: number): Row[];
  /** log π_ref and rewards of all answers there are → the probability of each under the best policy. */
  optimum(reference: Row, rewards: Row, beta: number): Row;
  /** The fewest insertions, deletions and replacements that make `b` of `a`. */
  editDistance(a: readonly number[], b: readonly number[]): number;
  /** log p of a text → the probability that it is among `n` answers that are drawn. */
  chanceIn(logprob: number, n: number): number;
  /** log p of every secret there might be, and the place of the one that was planted → its exposure in bits. */
  exposure(logprobs: Row, own: number): number;
}

/** The name of one of the functions. */
export type PartName = keyof Parts;
