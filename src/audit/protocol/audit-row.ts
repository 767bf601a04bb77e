/** What an audit says of one document at one length of prompt. @module */

/** A document's next tokens, and what the model said instead. */
export interface AuditRow {
  /** Of the document. */
  readonly id: string;
  /** Where the document comes from. */
  readonly source: string;
  /** How often it was in the training data, if that is known. */
  readonly repeats?: number;
  /** Whether it was certainly not in the training data. */
  readonly isControl: boolean;
  /** Tokens of the whole document, without BOS. */
  readonly tokens: number;
  /** Tokens of the document that the model was given, behind BOS. */
  readonly prompt: number;
  /** What they say. */
  readonly promptText: string;
  /** What the document says next. */
  readonly expected: string;
  /** What the model says next: greedily, at most as many ids as are compared, with the end of text if it came. */
  readonly continuation: readonly number[];
  /** The text of `continuation`. */
  readonly text: string;
  /** Whether the model ended the text: then it is not exact. */
  readonly isEnded: boolean;
  /** Tokens that are equal from the beginning on. */
  readonly matchingTokens: number;
  /** Whether all are equal. */
  readonly isExact: boolean;
  /** Least insertions, deletions and substitutions of tokens between the continuation and the document's own. */
  readonly tokenDistance: number;
  /** The same between `text` and `expected`, of Unicode code points. */
  readonly characterDistance: number;
  /** Code points of `expected`. */
  readonly characters: number;
  /** Whether the distance, at the level that the audit names, is within its share. Exact ones are. */
  readonly isApproximate: boolean;
  /** log p of the document's own tokens after the prompt, natural logarithm. */
  readonly logprob: number;
  /** The same where only the topK most probable tokens are drawn from; −∞ if a token is not among them. */
  readonly topLogprob: number;
}

/** A document that is too short for a prompt of this length and what is compared behind it. */
export interface ShortDocument {
  /** Of the document. */
  readonly id: string;
  /** Where it comes from. */
  readonly source: string;
  /** Whether it is of the control. */
  readonly isControl: boolean;
  /** Tokens that it has, without BOS. */
  readonly tokens: number;
  /** Tokens of the prompt for which it is too short. */
  readonly prompt: number;
}
