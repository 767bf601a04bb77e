/**
 * What the finders of personal data have in common.
 * @module
 */

/** Where something stands in a text, in UTF-16 units as `slice` takes them. */
export interface TextSpan {
  /** The first. */
  readonly begin: number;
  /** The one after the last. */
  readonly end: number;
}

/**
 * The text with other forms of space, hyphen, full stop, bracket, at and digit as ASCII's, each in its place: patterns need to know one of them,
 * and places stay what they are.
 */
export function plainForms(text: string): string {
  return text
    .replace(/[\u00a0\u2000-\u200a\u202f\u205f\u3000]/g, " ")
    .replace(/[\u2010-\u2015\u2212\uff0d]/g, "-")
    .replace(/\uff0b/g, "+")
    .replace(/\uff20/g, "@")
    .replace(/\uff08/g, "(")
    .replace(/\uff09/g, ")")
    .replace(/[\uff0e\u3002]/g, ".")
    .replace(/[\u0660-\u0669\u06f0-\u06f9\u0966-\u096f\uff10-\uff19]/g, (digit) =>
      String((digit.charCodeAt(0) - (/[\u0966-\u096f]/.test(digit) ? 6 : 0)) % 16),
    );
}

/** The matches of `pattern` that `accepts`, given what stands around them; without its capture groups. */
export function* matches(
  text: string,
  pattern: RegExp,
  accepts: (match: string, before: string, after: string) => boolean = () => true,
): Generator<TextSpan> {
  for (const { 0: match, index } of text.matchAll(pattern)) {
    const end = index + match.length;
    const before = text.slice(Math.max(0, index - CONTEXT), index);
    if (accepts(match, before, text.slice(end, end + CONTEXT))) yield { begin: index, end };
  }
}

/**
 * As {@link matches}, of numbers in groups: where `accepts` does not take all groups, it is asked about fewer, as the last ones may belong to another number:
 * "call 020 7946 0958 12 times".
 */
export function* groupMatches(
  text: string,
  pattern: RegExp,
  accepts: (match: string, before: string, after: string) => boolean,
): Generator<TextSpan> {
  for (const { 0: match, index } of text.matchAll(pattern)) {
    const before = text.slice(Math.max(0, index - CONTEXT), index);
    for (let end = match.length; end > 0; end = match.slice(0, end).search(LAST_GROUP)) {
      const after = text.slice(index + end, index + end + CONTEXT);
      if (!accepts(match.slice(0, end), before, after)) continue;
      yield { begin: index, end: index + end };
      break;
    }
  }
}

const LAST_GROUP = /\D+\d+\D*$/;

/** Characters of the text before and behind a match that may say what it is. */
const CONTEXT = 40;

/** The digits of a text, and nothing else. */
export function digitsOf(text: string): string {
  return text.replace(/\D/g, "");
}
