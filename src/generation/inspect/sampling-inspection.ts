/**
 * How a token is chosen, as inspect-sampling.ts tells it.
 * @module
 */

/** A token that might have come, and what each step makes of it. */
export interface SamplingCandidate {
  /** Its place among all tokens after the temperature, from 0; of equal ones the lower id is first. */
  readonly rank: number;
  /** Its id. */
  readonly id: number;
  /** If there is a tokenizer. */
  readonly piece?: string;
  /** The model's own score of it. */
  readonly logit: number;
  /** softmax(logits): the model's own probability. */
  readonly probability: number;
  /** logit / temperature; undefined if greedy. */
  readonly scaled?: number;
  /** softmax(logits / temperature); greedy: 1 of the most probable token, 0 of the others. */
  readonly tempered: number;
  /** Sum of `tempered` of those before it: top-p drops it if that is more than topP. */
  readonly before: number;
  /** The same with its own. */
  readonly cumulative: number;
  /** Its share of those that top-p keeps; 0 if it drops it. */
  readonly afterTopP: number;
  /** Its share of those that top-k keeps of them. */
  readonly afterTopK: number;
  /** Its share of those that min-p keeps of them: with this probability it is drawn. */
  readonly afterMinP: number;
  /** Whether it can be drawn. */
  readonly survives: boolean;
  /** What drops it. `zero`: its probability is 0, as its logit is −∞, or far below the others. */
  readonly droppedBy?: "zero" | "topP" | "topK" | "minP" | "greedy";
  /** It is drawn at a number from the first to below the second. Empty of one that does not survive. */
  readonly interval: readonly [from: number, to: number];
}

/** How a token is chosen. */
export interface SamplingInspection {
  /** What logits were divided by; 0 is greedy. */
  readonly temperature: number;
  /** The probability that is kept; 1 is all. */
  readonly topP: number;
  /** Undefined: all. */
  readonly topK?: number;
  /** Undefined: all. */
  readonly minP?: number;
  /** How many tokens there are, how many top-p keeps, how many of those top-k, and of those min-p. */
  readonly counts: {
    readonly all: number;
    readonly afterTopP: number;
    readonly afterTopK: number;
    readonly afterMinP: number;
  };
  /** The most probable first; the drawn one last, if it is not among them. */
  readonly candidates: readonly SamplingCandidate[];
  /** What is chosen: always if greedy, else with a seed or a number. */
  readonly drawn?: SamplingCandidate;
  /** The number that decided. Undefined if greedy, or if nothing is drawn. */
  readonly random?: number;
}
