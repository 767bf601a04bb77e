/**
 * The report's audit: how often a pretrained model goes on as its training data did. Its results are figures without
 * numbers, so only the protocol is data here.
 * @module
 */

/** The protocol. A text counts as memorized if the model continues its beginning as it went on. R1 and R4. */
export const MEMORIZATION = {
  /** Documents from each corpus. */
  documents: 10_000,
  corpora: ["Code", "Wiki", "Science", "Web", "Multilingual"],
  /** Tokens given to the model: the first of the document. */
  promptTokens: 50,
  /** Tokens it has to say. */
  continuationTokens: 50,
  /** Approximate: within this share of edit distance. Whether of tokens or of letters is not said. */
  editShare: 0.1,
} as const;
