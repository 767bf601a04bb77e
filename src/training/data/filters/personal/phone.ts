/**
 * Phone numbers, by their form: numbers of fiction (555 01…) are in no plan of numbering, and lists of real ones grow old.
 *
 *     international   + or 00, a country code that is given out (ITU-T E.164), 8 to 15 digits in all
 *     bracketed       (area) and further groups, 8 to 12 digits in all
 *     North American  three, three and four digits with separators, the first group from 200 up
 *     national        0, an area, and further groups behind separators, 9 to 12 digits in all
 *     announced       7 to 15 digits behind "call", "phone", "Tel." and the like
 *
 * Dates, times, prices, decimals, ISBN and ranges of years are none of these. Groups without a 0 before them and without a word that
 * announces them (as in Spain, Denmark or Poland) are not found: numbers in thousands look like that.
 * @module
 */
import type { TextSpan } from "../../documents/document.ts";
import { digitsOf, groupMatches, matches } from "./find.ts";

/** Codes of one digit, of two, and of three. Behind 1 and 7 stand ten digits; elsewhere it is not always the same. */
const COUNTRY =
  /^(?:[17]\d{10}|(?:2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58])\d{6}|(?:2[1-69]|3[578]|42|5[09]|6[7-9]|8[0578]|9[679])\d{6})/;

/** A 0 that is not dialled from abroad stands in brackets: +49 (0)30 12345. */
const TRUNK = /\(0\)/;

const INTERNATIONAL =
  /(?<![\p{L}\d+]|\d[.,]|\d{3} )(?:\+ ?|00 ?(?=[1-9]))\(?\d(?:(?: ?\(0\) ?|[ .\-/()]{0,2})\d){6,14}(?!\d)/gu;
const BRACKETED =
  /(?<![\p{L}\d+])(?:[18][ .-]?)?\((?!(?:19|20)\d\d\))\d{2,5}\)[ .-]?\d{2,9}(?:[ .-]\d{2,5}){0,4}(?![\p{L}\d]|[.,:/-]\d)/gu;
const NORTH_AMERICAN =
  /(?<![\p{L}\d+]|\d[.,/-])(?:1[ .-])?[2-9]\d{2}([ .-])\d{3}\1\d{4}(?![\p{L}\d]|[.,/-]\d)/gu;
const NATIONAL =
  /(?<![\p{L}\d+]|\d[.,:/-]|\d{3} )0[1-9]\d{0,4}(?: ?[ .\-/] ?\d{2,8}){1,5}(?![\p{L}\d]|[.,:/-]\d)/gu;
const ANNOUNCED = /(?<![\p{L}\d+.,-])\(?\d(?:[ .\-/()]{0,2}\d){6,14}(?![\p{L}\d]|[.,:/-]\d)/gu;

/** Words that announce a number, in some languages. */
const CALLS = [
  "phone|telephone|tel|call|calls|called|calling|dial|mobile|fax|whatsapp|hotline",
  "telefon|telefonnummer|mobil|mobilnummer|handy|handynummer|rufnummer|telefax|telefonu",
  "t[ée]l|t[ée]l[ée]phone|portable|appelez|appelle|appeler",
  "tel[ée]fono|m[óo]vil|celular|llama|llame|llamar|cellulare|chiama|chiamate|telefone|telem[óo]vel|ligue",
  "telefoon|bel|puhelin|тел|телефон|звоните|τηλ|τηλέφωνο|هاتف|电话|電話|手机|携帯|전화",
].join("|");
/** Words that may stand between. */
const SMALL =
  "me|moi|nous|us|him|her|them|at|on|is|was|now|my|our|your|his|number|num|no|nr|n|unter|an|mich|au|al|il|le|la|el|o|номер|номеру|по";
const ANNOUNCEMENT = new RegExp(
  `(?<!\\p{L})(?:${CALLS})[.:]?(?:[\\s:,#-]+(?:${SMALL})[.°º]?){0,3}[\\s:：=#]*$`,
  "iu",
);

/** Dates, months, ranges of years: 01.02.2003, 01-02-03, 2003/02/01, 05/2024, 1914-1918. */
const DATE =
  /^(?:\d{1,2} ?([./-]) ?\d{1,2} ?\1 ?(?:\d{4}|\d{2})(?!\d|\1\d)|\d{4}([./-])\d{1,2}\2\d{1,2}(?!\d)|\d{1,2}[./-](?:19|20)\d{2}(?!\d)|(?:1\d|20)\d{2}[ -](?:1\d|20)\d{2}(?!\d))/;

/** The phone numbers in a text. */
export function* phones(text: string): Generator<TextSpan> {
  yield* matches(text, INTERNATIONAL, isInternational);
  yield* groupMatches(text, BRACKETED, (match) => hasDigits(match, 8, 12));
  yield* matches(text, NORTH_AMERICAN);
  yield* groupMatches(text, NATIONAL, (match) => hasDigits(match, 9, 12) && !DATE.test(match));
  yield* groupMatches(text, ANNOUNCED, (match, before) => {
    return hasDigits(match, 7, 15) && !DATE.test(match) && ANNOUNCEMENT.test(before);
  });
}

function isInternational(match: string): boolean {
  const digits = digitsOf(match.replace(TRUNK, ""));
  return COUNTRY.test(match.startsWith("+") ? digits : digits.slice(2));
}

function hasDigits(match: string, from: number, to: number): boolean {
  const { length } = digitsOf(match);
  return length >= from && length <= to;
}
