/**
 * Phone numbers, by their form: numbers of fiction (555 01…) are in no plan of numbering, and lists of real ones grow old.
 *
 *     international   + or 00, a country code that is given out (ITU-T E.164), 8 to 15 digits in all
 *     bracketed       (area) and further groups, 8 to 12 digits in all
 *     North American  three, three and four digits with separators, the first group from 200 up
 *     national        0, an area, and further groups behind separators, 9 to 12 digits in all
 *     announced       7 to 15 digits behind "call", "phone", "Tel." and the like
 *     local           555-0142 unless something else has that number, and any other three and four digits behind a word that announces them
 *
 * Dates, times, prices, decimals, ISBN, ranges of years, round numbers and series (256 512 1024) are none of these. Groups without a 0 before them and without a word that
 * announces them (as in Spain, Denmark or Poland) are not found: numbers in thousands look like that.
 * @module
 */
import { digitsOf, groupMatches, matches, type TextSpan } from "./matches.ts";
import { OTHER_NUMBER } from "./other-numbers.ts";

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
  /(?<![\p{L}\d+]|\d[./-])(?:1[ .-])?[2-9]\d{2}([ .-])\d{3}\1\d{4}(?![\p{L}\d]|[./-]\d)/gu;
const NATIONAL =
  /(?<![\p{L}\d+]|\d[.,:/-]|\d{3} )0[1-9]\d{0,4}(?: ?[ .\-/] ?\d{2,8}){1,5}(?![\p{L}\d]|[.,:/-]\d)/gu;
const ANNOUNCED = /(?<![\p{L}\d+.,-])\(?\d(?:[ .\-/()]{0,2}\d){6,14}(?![\p{L}\d]|[.,:/-]\d)/gu;

/** Seven digits, as a number is written to people of the same town. Pages and years look like that, so a word has to announce it. */
const LOCAL = /(?<![\p{L}\d+./-]|\d )[2-9]\d{2}-\d{4}(?![\p{L}\d]|[.:/-]\d)/gu;
/** The exchange of films and examples, which no page number is likely to begin with. */
const FICTION = /^555-/;
/** What is counted or computed: "555-1234 visitors", "555-1234 + y". */
const AMOUNT = /^(?: \p{Ll}{3,}s(?!\p{L})| ?[+*/=^<>][ \d])/u;

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

/** The same with a name between: "Call Ruby at". */
const CALLED = new RegExp(
  `(?<!\\p{L})(?:${CALLS}|text|ring|reach|contact)(?:[\\s:,]+\\p{L}+){0,3}[\\s:]*$`,
  "iu",
);

/** Dates, months, ranges of years: 01.02.2003, 01-02-03, 2003/02/01, 05/2024, 1914-1918. */
const DATE =
  /^(?:\d{1,2} ?([./-]) ?\d{1,2} ?\1 ?(?:\d{4}|\d{2})(?!\d|\1\d)|\d{4}([./-])\d{1,2}\2\d{1,2}(?!\d)|\d{1,2}[./-](?:19|20)\d{2}(?!\d)|(?:1\d|20)\d{2}[ -](?:1\d|20)\d{2}(?!\d))/;

/** What is counted: "call 1234567 times". */
const COUNTED =
  /^ ?(?:times|more|people|points|steps|requests|calls|functions|users|customers|voters|bytes|rows|dollars|euros|mal|fois|veces)(?!\p{L})/iu;

/** The phone numbers in a text. */
export function* phones(text: string): Generator<TextSpan> {
  yield* matches(text, INTERNATIONAL, isInternational);
  yield* groupMatches(text, BRACKETED, (match) => hasDigits(match, 8, 12) && !isSeries(match));
  yield* matches(text, NORTH_AMERICAN, (match, before, after) => {
    const isPart = match.includes(" ") && (INSIDE_LIST.test(before) || GOES_ON.test(after));
    return !isPart && !isSeries(match);
  });
  yield* groupMatches(text, NATIONAL, (match, before, after) => {
    if (ZIP.test(match) && STATE.test(before)) return false;
    const isLonger = SIX_PAIRS.test(match) || (PAIRS.test(match) && PAIR.test(after));
    const isOther =
      DATE.test(match) || isLonger || PADDED.test(match) || (HOURS.test(match) && isSeries(match));
    return hasDigits(match, 9, 12) && !isOther;
  });
  yield* groupMatches(text, ANNOUNCED, (match, before, after) => {
    const isNumber = !DATE.test(match) && !ROUND.test(digitsOf(match)) && !COUNTED.test(after);
    // No area of North America begins with 1.
    const isOther = match.startsWith("1") && hasDigits(match, 10, 10);
    return hasDigits(match, 7, 15) && isNumber && !isOther && ANNOUNCEMENT.test(before);
  });
  yield* matches(text, LOCAL, (match, before, after) => {
    if (OTHER_NUMBER.test(before)) return false;
    return CALLED.test(before) || (FICTION.test(match) && !AMOUNT.test(after));
  });
}

function isInternational(match: string): boolean {
  const digits = digitsOf(match.replace(TRUNK, ""));
  if (PADDED.test(match)) return false;
  if (match.startsWith("+") && (ROUND.test(digits) || isPairs(match))) return false;
  return COUNTRY.test(match.startsWith("+") ? digits : digits.slice(2));
}

/** Numbers before and behind one with spaces, which make a list of it; another phone number does not. */
const INSIDE_LIST = /(?<!(?<!\d)\d{3} \d{3} \d{4})(?<=\d) $/;
const GOES_ON = /^ \d{3,}(?!\d| \d{3} \d{4})/;

/** 0900 1300 1700. In pairs 01 23 45 67 89 is a number. */
const HOURS = /^\d{4}(?: \d{4})+$/;

/** Postal codes of the United States behind a state: "Boston, MA 02110-1301". */
const ZIP = /^\d{5}-\d{4}$/;
const STATE =
  /(?<!\p{L})(?:[A-Z]{2}|[Zz]ip|ZIP|Massachusetts|New Jersey|Connecticut|New Hampshire|Maine|Vermont)[\s,:.]*$/u;

/** Weights in tables: 0201.0020.0002. */
const PADDED = /^0\d{3}(?:[ .-]0\d{3})+$/;

/** In pairs a number has five of them, and a draw of a lottery six. */
const PAIRS = /^\d\d(?:[ .-]\d\d){4}$/;
const SIX_PAIRS = /^\d\d(?:[ .-]\d\d){5}$/;
const PAIR = /^[ .-]\d\d(?![\d\p{L}]| \p{L})/u;

/** Millions: 1000000, 25 000 000. */
const ROUND = /^\d{1,3}0{5,6}$/;

/** Numbers of two digits behind a plus, of which a phone number has more, and not in equal steps: "+25 30 35 40" degrees. */
function isPairs(match: string): boolean {
  const groups = match.match(/\d+/g) ?? [];
  if (groups.some((group) => group.length !== 2)) return false;
  return groups.length < 5 || hasSteps(groups.map(Number));
}

/** Whether groups are sizes: in equal steps, or all multiples of a number from 16 up, as phone numbers are once in 500 times. */
function isSeries(match: string): boolean {
  const numbers = numbersOf(match);
  return hasSteps(numbers) || (numbers.length > 2 && numbers.reduce(commonDivisor, 0) >= 16);
}

/** 800-900-1000. */
function hasSteps(numbers: readonly number[]): boolean {
  const [first, second] = numbers;
  const step = second - first;
  const isStep = (number: number, i: number) => number === first + i * step;
  return numbers.length > 2 && step !== 0 && numbers.every(isStep);
}

function commonDivisor(a: number, b: number): number {
  return b === 0 ? a : commonDivisor(b, a % b);
}

function numbersOf(match: string): number[] {
  return (match.match(/\d+/g) ?? []).map(Number);
}

function hasDigits(match: string, from: number, to: number): boolean {
  const { length } = digitsOf(match);
  return length >= from && length <= to;
}
