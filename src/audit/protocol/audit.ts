/**
 * Discoverable memorization: a model that is given the beginning of a document of its training data, and says how it goes on.
 *
 *     BOS p_1 … p_k  →  greedy  →  c_1 … c_n,   exact if c = s,   approximate if edits(c, s) ≤ share · n
 *
 * The Gemma report takes 10,000 documents of a corpus, k = 50 and n = 50 (arXiv:2403.08295, §7; after Carlini et al. 2022,
 * arXiv:2202.07646). Text that says little is "repeated" by any good model; therefore the same is done with documents that were
 * certainly not trained on (`control`).
 *
 *     const audit = new Audit(evaluator, documents, { control });
 *     for await (const row of audit.rows()) rows.push(row);
 *
 * @module
 */
import type { Evaluator } from "../../evaluation/requests/evaluator.ts";
import { type AuditDocument, assertDocuments, idsOf } from "../documents/audit-document.ts";
import { type AuditOptions, type AuditSettings, auditSettings } from "./audit-options.ts";
import type { AuditRow, ShortDocument } from "./audit-row.ts";
import { type EncodedDocument, rowOf } from "./row-of.ts";

/** One length of prompt of one document. */
interface Asked {
  readonly document: EncodedDocument;
  readonly prompt: number;
}

/** An audit of a model over documents. What the evaluator's store has is not computed again. */
export class Audit {
  /** How it is made. */
  readonly settings: AuditSettings;
  /** Documents that are too short, once for each length of prompt: nothing is known of their repetition. */
  readonly short: readonly ShortDocument[];
  /** Rows that there will be. */
  readonly size: number;
  readonly #evaluator: Evaluator;
  readonly #asked: readonly Asked[];

  /** @throws {ArgumentError} if an option is out of range, an id comes twice, or a document is neither text nor ids. */
  constructor(
    evaluator: Evaluator,
    documents: readonly AuditDocument[],
    options: AuditOptions = {},
  ) {
    const op = "Audit";
    this.settings = auditSettings(op, options, evaluator.contextLength);
    const { control = [] } = options;
    const { vocabSize } = evaluator.gemma.config;
    assertDocuments(op, "documents", documents, vocabSize);
    assertDocuments(op, "control", control, vocabSize);
    this.#evaluator = evaluator;
    const { prompts, suffix } = this.settings;
    const encoded = [
      ...documents.map((one) => this.#encoded(one, false)),
      ...control.map((one) => this.#encoded(one, true)),
    ];
    const asked = encoded.flatMap((document) => prompts.map((prompt) => ({ document, prompt })));
    const isShort = ({ document, prompt }: Asked) => document.ids.length - 1 < prompt + suffix;
    this.#asked = asked.filter((one) => !isShort(one));
    this.size = this.#asked.length;
    this.short = asked.filter(isShort).map(({ document, prompt }) => {
      const { id, source, isControl, ids } = document;
      return { id, source, isControl, tokens: ids.length - 1, prompt };
    });
  }

  /** A row for each document and length of prompt, in the order in which they are computed. */
  async *rows(): AsyncGenerator<AuditRow, void> {
    const { settings } = this;
    const scored = await this.#scored();
    const requests = this.#asked.map(({ document: { ids }, prompt }) => {
      return { ids: ids.slice(0, prompt + 1), maxTokens: settings.suffix };
    });
    const { gemma } = this.#evaluator;
    for await (const { index, answer } of this.#evaluator.continueTokens(requests)) {
      const { document, prompt } = this.#asked[index];
      const own = { prompt, tokens: answer.tokens, isEnded: answer.stoppedBy !== null };
      yield rowOf(document, own, scored[index], settings, (ids) => gemma.decode(ids));
    }
  }

  /** By what is asked: log p of the document's own tokens. A document's lengths of prompt share one pass. */
  async #scored(): Promise<{ readonly logprob: number; readonly topLogprob: number }[]> {
    const { prompts, suffix, topK } = this.settings;
    const first = prompts[0] + 1;
    const places = new Map<EncodedDocument, number[]>();
    for (const [i, { document }] of this.#asked.entries()) {
      places.set(document, [...(places.get(document) ?? []), i]);
    }
    const documents = [...places];
    const requests = documents.map(([{ ids }, own]) => {
      const most = Math.max(...own.map((i) => this.#asked[i].prompt));
      return { ids: ids.slice(0, 1 + most + suffix), from: first };
    });
    const scored: { logprob: number; topLogprob: number }[] = [];
    const answers = this.#evaluator.predictTokens(requests, { topK });
    for await (const { index, answer } of answers) {
      for (const place of documents[index][1]) {
        const begin = this.#asked[place].prompt + 1 - first;
        const { logprobs, topLogprobs = logprobs } = answer;
        const sum = (all: readonly number[]) =>
          all.slice(begin, begin + suffix).reduce((a, b) => a + b, 0);
        scored[place] = { logprob: sum(logprobs), topLogprob: sum(topLogprobs) };
      }
    }
    return scored;
  }

  #encoded(document: AuditDocument, isControl: boolean): EncodedDocument {
    const { id, source = "all", repeats } = document;
    const { gemma } = this.#evaluator;
    const ids = [gemma.config.bosTokenId, ...idsOf(gemma, document)];
    const known = repeats === undefined ? {} : { repeats };
    return { id, source, isControl, ids, ...known };
  }
}
