/** Requests, checked before anything is computed. @module */
import { brief } from "../../brief.ts";
import { assertIdsBelow, assertInteger } from "../../check.ts";
import { refusals } from "../../errors.ts";
import type {
  ContinueRequest,
  GenerateRequest,
  LoglikelihoodRequest,
  TokensRequest,
} from "./request.ts";

/** @throws {ArgumentError} unless it is a text. */
export function assertText(op: string, text: unknown, i: number, field = ""): void {
  if (typeof text === "string") return;
  throw refusals(op).argument(`requests[${i}]${field}`, "a text", brief(text));
}

/** @throws {ArgumentError} unless it is a context and a continuation of at least one character. */
export function assertPair(op: string, request: LoglikelihoodRequest, i: number): void {
  const { context, continuation } = Object(request) as LoglikelihoodRequest;
  assertText(op, context, i, ".context");
  assertText(op, continuation, i, ".continuation");
  if (continuation !== "") return;
  const argument = `requests[${i}].continuation`;
  throw refusals(op).argument(argument, "a text of at least one character", "an empty text");
}

/** @throws {ArgumentError} unless there is room for a context and `maxTokens`. */
export function assertGenerateRequest(
  op: string,
  request: GenerateRequest,
  i: number,
  contextLength: number,
): void {
  const { context, until, maxTokens } = Object(request) as GenerateRequest;
  assertText(op, context, i, ".context");
  if (!Array.isArray(until)) {
    throw refusals(op).argument(`requests[${i}].until`, "a list of texts", brief(until));
  }
  const to = contextLength - 2;
  const as = `an integer from 1 to ${to}, so that a context of two tokens fits before it`;
  assertInteger(op, `requests[${i}].maxTokens`, maxTokens, { from: 1, to, as });
}

/** @throws {ArgumentError} unless they are ids of the vocabulary that fit, with something before those to predict. */
export function assertTokens(
  op: string,
  request: TokensRequest,
  i: number,
  { contextLength, vocabSize }: { readonly contextLength: number; readonly vocabSize: number },
): void {
  const { ids, from } = Object(request) as TokensRequest;
  assertIdsBelow(op, ids, vocabSize, `requests[${i}].ids`);
  assertFits(op, ids, i, { from: 2, to: contextLength + 1 });
  const as = `an integer from 1 to ${ids.length - 1}, a place in ids`;
  assertInteger(op, `requests[${i}].from`, from, { from: 1, to: ids.length - 1, as });
}

/** @throws {ArgumentError} unless they are ids of the vocabulary, and `maxTokens` fit behind them. */
export function assertContinueRequest(
  op: string,
  request: ContinueRequest,
  i: number,
  { contextLength, vocabSize }: { readonly contextLength: number; readonly vocabSize: number },
): void {
  const { ids, maxTokens } = Object(request) as ContinueRequest;
  assertIdsBelow(op, ids, vocabSize, `requests[${i}].ids`);
  assertFits(op, ids, i, { from: 1, to: contextLength - 1 });
  const to = contextLength - ids.length;
  const as = `an integer from 1 to ${to}: ${ids.length} of ${contextLength} tokens are taken`;
  assertInteger(op, `requests[${i}].maxTokens`, maxTokens, { from: 1, to, as });
}

function assertFits(
  op: string,
  { length }: readonly number[],
  i: number,
  { from, to }: { readonly from: number; readonly to: number },
): void {
  if (length >= from && length <= to) return;
  throw refusals(op).argument(`requests[${i}].ids`, `${from} to ${to} ids`, `${length}`);
}
