/** A continuation beside what the document says. @module */
import { codePointsOf, editDistance } from "../distance/edit-distance.ts";
import type { AuditSettings } from "./audit-options.ts";
import type { AuditRow } from "./audit-row.ts";

/** A document in tokens. */
export interface EncodedDocument {
  readonly id: string;
  readonly source: string;
  readonly repeats?: number;
  readonly isControl: boolean;
  /** BOS and its tokens. */
  readonly ids: readonly number[];
}

/** What a model said after a prompt. */
export interface Said {
  readonly prompt: number;
  readonly tokens: readonly number[];
  readonly isEnded: boolean;
}

/** The row of a document and what the model said after its first tokens. */
export function rowOf(
  { ids, ...document }: EncodedDocument,
  { prompt, tokens: continuation, isEnded }: Said,
  scores: { readonly logprob: number; readonly topLogprob: number },
  { suffix, level, share }: AuditSettings,
  decode: (ids: readonly number[]) => string,
): AuditRow {
  const truth = ids.slice(1 + prompt, 1 + prompt + suffix);
  const expected = decode(truth);
  const text = decode(continuation);
  const expectedPoints = codePointsOf(expected);
  const tokenDistance = editDistance(continuation, truth);
  const characterDistance = editDistance(codePointsOf(text), expectedPoints);
  // #region verdict
  let matchingTokens = 0;
  while (matchingTokens < suffix && continuation[matchingTokens] === truth[matchingTokens]) {
    matchingTokens++;
  }
  const isExact = matchingTokens === suffix;
  const [edits, of] =
    level === "tokens" ? [tokenDistance, suffix] : [characterDistance, expectedPoints.length];
  // A tenth of 30 is 3.0000000000000004 in binary, and 0.29 of 100 is 28.999999999999996.
  const isApproximate = isExact || edits <= share * of + 1e-9;
  // #endregion
  return {
    ...document,
    tokens: ids.length - 1,
    prompt,
    promptText: decode(ids.slice(1, 1 + prompt)),
    expected,
    continuation,
    text,
    isEnded,
    matchingTokens,
    isExact,
    tokenDistance,
    characterDistance,
    characters: expectedPoints.length,
    isApproximate,
    ...scores,
  };
}
