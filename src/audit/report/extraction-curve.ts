/** How many documents somebody who asks n times gets. @module */
import { extractableShare } from "../extraction/extraction.ts";
import type { AuditRow } from "../protocol/audit-row.ts";

/** Answers that are asked for. */
export const QUERIES: readonly number[] = [1, 10, 100, 1000];

/** The share of documents that come with a probability of at least ½ in so many answers, at temperature 1. */
export interface ExtractionCurve {
  /** Tokens that the model was given. */
  readonly prompt: number;
  /** Answers. */
  readonly queries: readonly number[];
  /** Of the documents: drawn from all tokens. */
  readonly all: readonly number[];
  /** Of the documents: drawn from the topK likeliest tokens. */
  readonly top: readonly number[];
  /** Of the control: drawn from all tokens. Without a control there is none. */
  readonly control?: readonly number[];
  /** Documents that greedy decoding repeats. */
  readonly exact: number;
  /** Those of them that come with a probability below ½ in one answer: greedy decoding does not tell how sure the model is. */
  readonly unsure: number;
}

/** The curve of rows of one length of prompt, a document at least among them. */
export function extractionCurve(
  prompt: number,
  rows: readonly Pick<AuditRow, "isControl" | "isExact" | "logprob" | "topLogprob">[],
): ExtractionCurve {
  const documents = rows.filter(({ isControl }) => !isControl);
  const control = rows.filter(({ isControl }) => isControl);
  const curve = (some: typeof rows, name: "logprob" | "topLogprob") =>
    QUERIES.map((n) => {
      const logprobs = some.map((row) => row[name]);
      return extractableShare(logprobs, n, 0.5).rate;
    });
  const exact = documents.filter(({ isExact }) => isExact);
  return {
    prompt,
    queries: QUERIES,
    all: curve(documents, "logprob"),
    top: curve(documents, "topLogprob"),
    ...(control.length > 0 && { control: curve(control, "logprob") }),
    exact: exact.length,
    unsure: exact.filter(({ logprob }) => Math.exp(logprob) < 0.5).length,
  };
}
