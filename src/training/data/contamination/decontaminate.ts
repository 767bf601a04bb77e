/**
 * Contamination, first direction: training documents that repeat an evaluation item are dropped, as for Gemma ("all evaluation sets",
 * arXiv:2403.08295, §3.2). A document repeats one if `n` words in a row are the same, in lower case and without punctuation: GPT-3's
 * 13 (arXiv:2005.14165, appendix C), PaLM's 8. Where GPT-3's authors cut 200 characters around the place, the document goes as a whole.
 *
 * Fewer words find more, and more that is no copy: proverbs, laws, the formula that a question begins with.
 * @module
 */
import { assertOptions, type OptionNames } from "../../../options.ts";
import { assertDocument } from "../documents/assert-document.ts";
import type { DropReason, StageReport, TextDocument } from "../documents/document.ts";
import {
  COUNTING_NAMES,
  type CountingOptions,
  type Numbered,
  numbered,
  type StageOptions,
  stage,
} from "../documents/stage.ts";
import { words } from "../text/words.ts";
import { assertBenchmarks, type Benchmarks, NgramIndex } from "./ngram-index.ts";

/** Which evaluation items are looked for, and how. */
export interface ContaminationOptions {
  /** Evaluation items, by the name of their benchmark. */
  readonly benchmarks: Benchmarks;
  /** Words in a row. Default 13. */
  readonly n?: number;
}

export const CONTAMINATION_NAMES: OptionNames<ContaminationOptions> = { benchmarks: true, n: true };

/** Options of {@link decontaminate}. */
export interface DecontaminateOptions<D extends TextDocument = TextDocument>
  extends ContaminationOptions,
    CountingOptions<D> {}

/** What {@link decontaminate} gives. */
export interface Decontaminated<D extends TextDocument> {
  /** Documents that repeat no item. */
  readonly documents: readonly D[];
  /** What went. */
  readonly stage: StageReport;
}

const op = "decontaminate";

/**
 * `documents` without those that repeat an evaluation item. A reason names the benchmark as its rule, the item in `of`, and as its
 * value how many words in a row are the same.
 * @throws {ArgumentError} if a document or an item has no text.
 */
export async function decontaminate<D extends TextDocument>(
  documents: Iterable<D> | AsyncIterable<D>,
  options: DecontaminateOptions<D>,
): Promise<Decontaminated<D>> {
  assertOptions(op, options, { ...CONTAMINATION_NAMES, ...COUNTING_NAMES });
  const { benchmarks, n = 13 } = options;
  assertBenchmarks(op, benchmarks, [n]);
  const all = await numbered(documents, (document, i) => assertDocument(op, document, i), options);
  const { kept, report } = await dropContaminated(op, all, options, options);
  return { documents: kept.map(({ document }) => document), stage: report };
}

/** {@link decontaminate} of documents on their way. */
export function dropContaminated<D extends TextDocument>(
  op: string,
  all: readonly Numbered<D>[],
  { benchmarks, n = 13 }: ContaminationOptions,
  telling: StageOptions<D>,
): Promise<{ readonly kept: readonly Numbered<D>[]; readonly report: StageReport }> {
  const index = new NgramIndex(op, benchmarks, n);
  const reasonOf = ({ document }: Numbered<D>) => contamination(document.text, index);
  return stage(`contamination, ${n} words`, all, reasonOf, telling);
}

/** The longest run of words that the text shares with an item. */
function contamination(text: string, index: NgramIndex): DropReason | undefined {
  let [begin, end] = [0, Number.NEGATIVE_INFINITY];
  let reason: DropReason | undefined;
  for (const { at, items } of index.shared(words(text))) {
    if (at > end) begin = at;
    end = at + 1;
    const value = end - begin - 1 + index.n;
    if (reason && value <= Number(reason.value)) continue;
    const [{ benchmark, item }] = items;
    const found = { rule: benchmark, value, threshold: index.n, of: item };
    reason = { filter: "contamination", ...found };
  }
  return reason;
}
