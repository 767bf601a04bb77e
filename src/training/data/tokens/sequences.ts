/**
 * Sequences to learn from, of ids: documents each by itself, or windows of a corpus.
 * @module
 */
import { assertIdsBelow, assertInteger, POSITIVE } from "../../../check.ts";
import { refusals } from "../../../errors.ts";
import { assertOptions, type OptionNames } from "../../../options.ts";
import type { TrainingSequence } from "../../trains.ts";

/** Sequences by number, made when they are asked for. A list of sequences is one. */
export interface SequenceList {
  /** How many. */
  readonly length: number;
  /** That with number `i`, from 0. */
  at(i: number): TrainingSequence | undefined;
  /** How many documents begin in it. Default: each is one. */
  documentsIn?(i: number): number;
}

/** A text's ids as a sequence: each but the first is a target. */
export function textSequence(ids: ArrayLike<number>): TrainingSequence {
  const mask = new Uint8Array(ids.length).fill(1);
  mask[0] = 0;
  return { ids, mask };
}

/**
 * The documents of a corpus, each a sequence: cut before every `bos`.
 * @throws {ArgumentError} if the corpus does not begin with `bos`: then it was made otherwise.
 */
export function documentSequences(corpus: Uint16Array | Uint32Array, bos = 2): SequenceList {
  const op = "documentSequences";
  assertCorpus(op, corpus);
  if (corpus.length > 0 && corpus[0] !== bos) {
    const hint = "say what each document begins with";
    throw refusals(op).argument("corpus[0]", `${bos}, as each document begins`, corpus[0], hint);
  }
  const begins: number[] = [];
  for (let i = corpus.indexOf(bos); i >= 0; i = corpus.indexOf(bos, i + 1)) begins.push(i);
  return {
    length: begins.length,
    at: (i) => (i in begins ? textSequence(corpus.subarray(begins[i], begins[i + 1])) : undefined),
  };
}

/** Options of {@link windowSequences}. */
export interface WindowOptions {
  /** Tokens that a window predicts: it has one id more, as nothing comes before its first. Default 64. */
  readonly length?: number;
  /** The id that begins a document. Default 2, Gemma's BOS. */
  readonly bos?: number;
  /**
   * Whether that id is a target, too: it comes after every EOS, so it costs almost no loss, and a mean over all tokens is what
   * others report (nanoGPT, GPT-2). Default true.
   */
  readonly bosIsTarget?: boolean;
}

const WINDOW_NAMES: OptionNames<WindowOptions> = {
  length: true,
  bos: true,
  bosIsTarget: "boolean",
};

/**
 * A corpus cut into windows, one behind the other, each of whose tokens is a target once; the rest at the end is left out. Documents run on
 * through the borders of windows, and a window has the end of one and the beginning of the next, which sees it: as models are
 * pretrained (nanoGPT, GPT-2). {@link documentSequences} keeps them apart.
 * @throws {ArgumentError} if the corpus has less than one window.
 */
export function windowSequences(
  corpus: Uint16Array | Uint32Array,
  options: WindowOptions = {},
): SequenceList {
  const op = "windowSequences";
  assertOptions(op, options, WINDOW_NAMES);
  assertCorpus(op, corpus);
  const { length: targets = 64, bos = 2, bosIsTarget = true } = options;
  assertInteger(op, "length", targets, POSITIVE);
  const length = Math.floor((corpus.length - 1) / targets);
  if (length < 1) {
    throw refusals(op).argument("corpus", `${targets + 1} ids at least`, corpus.length);
  }
  const idsOf = (i: number) => corpus.subarray(i * targets, (i + 1) * targets + 1);
  return {
    length,
    at(i) {
      if (!(i >= 0 && i < length)) return undefined;
      const sequence = textSequence(idsOf(i));
      if (bosIsTarget) return sequence;
      return {
        ids: sequence.ids,
        mask: Uint8Array.from(sequence.mask, (m, t) => (sequence.ids[t] === bos ? 0 : m)),
      };
    },
    documentsIn(i) {
      let documents = 0;
      // The last id is the first of the next window.
      for (const id of idsOf(i).subarray(0, targets)) if (id === bos) documents++;
      return documents;
    },
  };
}

function assertCorpus(op: string, corpus: Uint16Array | Uint32Array): void {
  if (corpus instanceof Uint16Array || corpus instanceof Uint32Array) return;
  assertIdsBelow(op, corpus, 2 ** 32, "corpus");
  const hint = "readTokens gives one; of a list: Uint32Array.from(ids)";
  throw refusals(op).argument("corpus", "a Uint16Array or Uint32Array", "a list", hint);
}
