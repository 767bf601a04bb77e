/**
 * Was a document in the training data? Scores that are low for what a model has seen (Carlini et al. 2020, arXiv:2012.07805, §5): alone a
 * perplexity tells simple text from difficult, so it is compared with another measure of how simple a text is.
 *
 *     nll         mean −log p of a token, EOS counted
 *     perplexity  e^nll
 *     zlibRatio       nll / bytes of the text behind zlib
 *     lowercaseRatio  nll / nll of the text in lower case
 *     smallerRatio    nll / nll of a smaller model
 *
 * @module
 */
import { zlibSync } from "fflate";

/** log p of a text and its end. */
export interface TextLogprob {
  /** Σ log p over its tokens and EOS, natural logarithm. */
  readonly logprob: number;
  /** How many these are. */
  readonly predicted: number;
}

/** Scores of one document; each is low if it was seen. */
export interface MembershipScores {
  /** Σ log p of its tokens and EOS, natural logarithm. */
  readonly logprob: number;
  /** Tokens that were predicted, EOS among them. */
  readonly predicted: number;
  /** e^nll. */
  readonly perplexity: number;
  /**
   * Bytes of the text in UTF-8 behind zlib at level 6, header and checksum counted. They are fflate's: zlib itself, and CPython with it, comes to
   * a few bytes more or less, so ratios are compared within one implementation.
   */
  readonly zlibBytes: number;
  /** nll by `zlibBytes`. */
  readonly zlibRatio: number;
  /** Σ log p of the text in lower case. */
  readonly lowercaseLogprob: number;
  /** nll by that of the text in lower case. */
  readonly lowercaseRatio: number;
  /** Σ log p by the smaller model, if there is one. */
  readonly smallerLogprob?: number;
  /** nll by that of the smaller model. */
  readonly smallerRatio?: number;
}

/** Scores by which a document can be ranked. */
export const MEMBERSHIP_SCORES = [
  "perplexity",
  "zlibRatio",
  "lowercaseRatio",
  "smallerRatio",
] as const;

/** The scores of a text, from log p of it, of its lower case, and by a smaller model. */
export function membershipScores(
  text: string,
  own: TextLogprob,
  lowercase: TextLogprob,
  smaller?: TextLogprob,
): MembershipScores {
  const nll = nllOf(own);
  const zlibBytes = zlibSync(new TextEncoder().encode(text), { level: 6 }).length;
  return {
    ...own,
    perplexity: Math.exp(nll),
    zlibBytes,
    zlibRatio: nll / zlibBytes,
    lowercaseLogprob: lowercase.logprob,
    lowercaseRatio: nll / nllOf(lowercase),
    ...(smaller && { smallerLogprob: smaller.logprob, smallerRatio: nll / nllOf(smaller) }),
  };
}

const nllOf = ({ logprob, predicted }: TextLogprob) => -logprob / predicted;
