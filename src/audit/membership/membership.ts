/** Membership scores of documents by a model. @module */
import { eosTokenIds } from "../../config.ts";
import { refusals } from "../../errors.ts";
import type { Evaluator } from "../../evaluation/requests/evaluator.ts";
import { assertOptions, type OptionNames } from "../../options.ts";
import { type AuditDocument, assertDocuments, idsOf } from "../documents/audit-document.ts";
import { type Auc, aucOf } from "./auc.ts";
import {
  MEMBERSHIP_SCORES,
  type MembershipScores,
  membershipScores,
  type TextLogprob,
} from "./scores.ts";

/** The scores of a document. */
export interface MembershipRow extends MembershipScores {
  /** Of the document. */
  readonly id: string;
  /** Where it comes from. */
  readonly source: string;
  /** Whether it was certainly not in the training data. */
  readonly isControl: boolean;
  /** How often it was in the training data, if that is known. */
  readonly repeats?: number;
}

/** Options of {@link membership}. */
export interface MembershipOptions {
  /** Documents that were certainly not in the training data. */
  readonly control?: readonly AuditDocument[];
  /** A smaller model with the same tokenizer, to compare with. */
  readonly smaller?: Evaluator;
}

const NAMES: OptionNames<MembershipOptions> = { control: true, smaller: true };

/**
 * The scores of each document, in their order. Of one that is longer than the context its beginning is scored, without EOS.
 * @throws {ArgumentError} if a document has no text (scores need its letters), or an id comes twice.
 */
export async function* membership(
  evaluator: Evaluator,
  documents: readonly AuditDocument[],
  options: MembershipOptions = {},
): AsyncGenerator<MembershipRow, void> {
  const op = "membership";
  assertOptions(op, options, NAMES);
  const { control = [], smaller } = options;
  const { vocabSize } = evaluator.gemma.config;
  assertDocuments(op, "documents", documents, vocabSize);
  assertDocuments(op, "control", control, vocabSize);
  const all = [...documents, ...control];
  const texts = all.map((document, i) => {
    if ("text" in document) return document.text;
    const at = i < documents.length ? `documents[${i}]` : `control[${i - documents.length}]`;
    throw refusals(op).argument(at, "a document with its text", "one of ids");
  });
  const own = await logprobsOf(evaluator, texts);
  const lowercase = await logprobsOf(
    evaluator,
    texts.map((text) => text.toLowerCase()),
  );
  const beside = smaller && (await logprobsOf(smaller, texts));
  for (const [i, { id, source = "all", repeats }] of all.entries()) {
    const scores = membershipScores(texts[i], own[i], lowercase[i], beside?.[i]);
    const known = repeats === undefined ? {} : { repeats };
    yield { id, source, isControl: i >= documents.length, ...known, ...scores };
  }
}

/** By its name: how well each score tells documents from the control. */
export type MembershipAucs = { readonly [score in (typeof MEMBERSHIP_SCORES)[number]]?: Auc };

/**
 * The AUC of each score that the rows have.
 * @throws {ArgumentError} if all rows are of documents, or all of the control.
 */
export function membershipAucs(rows: readonly MembershipRow[]): MembershipAucs {
  const known = MEMBERSHIP_SCORES.filter((score) => rows.some((row) => row[score] !== undefined));
  const of = (isControl: boolean, score: (typeof MEMBERSHIP_SCORES)[number]) =>
    rows.filter((row) => row.isControl === isControl).map((row) => row[score] ?? Number.NaN);
  return Object.fromEntries(
    known.map((score) => [score, aucOf(of(false, score), of(true, score))]),
  );
}

async function logprobsOf(evaluator: Evaluator, texts: readonly string[]): Promise<TextLogprob[]> {
  const { gemma, contextLength } = evaluator;
  const { bosTokenId } = gemma.config;
  const [eos] = eosTokenIds(gemma.config);
  const requests = texts.map((text) => {
    const ids = [bosTokenId, ...idsOf(gemma, { id: "", text }), eos];
    return { ids: ids.slice(0, contextLength + 1), from: 1 };
  });
  const found: TextLogprob[] = [];
  for await (const { index, answer } of evaluator.predictTokens(requests)) {
    found[index] = { logprob: answer.logprob, predicted: answer.tokens.length };
  }
  return found;
}
