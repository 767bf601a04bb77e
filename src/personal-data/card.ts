/**
 * Numbers of payment cards (ISO/IEC 7812): as many digits as the cards of that beginning have, written without separators or in the groups
 * that stand on cards, and a check digit that is right. Nine of ten other numbers fail the check; beginnings and groups keep out most of
 * the rest (times in microseconds, ISBN, IMEI, lists of years).
 * @module
 */
import { digitsOf, groupMatches, type TextSpan } from "./matches.ts";

/** A comma with few digits before it is that of a decimal; others separate fields. 4-4-4-4, and up to three digits more; 4-6-5 (American Express); 4-6-4 (Diners); or all in one. */
const NUMBER =
  /(?<![\p{L}\d._+-]|(?<!\d)\d{1,3},)(?:\d{4}([ .-])\d{4}\1\d{4}\1\d{4}(?:\1\d{1,3})?|\d{4}([ .-])\d{6}\2\d{4,5}|\d{13,19})(?![\p{L}\d_]|[.-]\d)/gu;

/** Numbers that are computed with, as 4828147466240000*t. */
const TIMES = /[*^+] ?$/;
const OPERATOR = /^ ?[*^]\s?[\p{L}\d(*]/u;

/** The beginnings of payment cards, and how many digits they may have. */
const BEGINNINGS: readonly (readonly [RegExp, readonly number[]])[] = [
  [/^4/, [13, 16, 19]], // Visa
  [/^[56]/, [16, 17, 18, 19]], // Mastercard, Maestro, Discover, UnionPay, RuPay
  [/^2(?:2\d\d|[3-6]\d\d|7[01]\d|720)/, [16, 17, 18, 19]], // Mir, Mastercard
  [/^3[47]/, [15]], // American Express
  [/^3(?:0[0-59]|[689])/, [14, 15, 16, 17, 18, 19]], // Diners
  [/^35(?:2[89]|[3-8]\d)/, [16, 17, 18, 19]], // JCB
];

/** The numbers of cards in a text. */
export function cards(text: string): Generator<TextSpan> {
  return groupMatches(text, NUMBER, (match, before, after) => {
    const isTerm = TIMES.test(before) || OPERATOR.test(after);
    return isCard(digitsOf(match)) && !isTerm;
  });
}

function isCard(digits: string): boolean {
  const isKnown = BEGINNINGS.some(
    ([beginning, lengths]) => lengths.includes(digits.length) && beginning.test(digits),
  );
  return isKnown && hasLuhnDigit(digits) && new Set(digits).size > 1;
}

/**
 * Whether the last digit is the check digit of the others (ISO/IEC 7812-1, Luhn 1960): from the right, every second digit is
 * doubled, and the sum of all digits is a multiple of ten.
 */
export function hasLuhnDigit(digits: string): boolean {
  let sum = 0;
  for (let i = 0; i < digits.length; i++) {
    const digit = Number(digits[digits.length - 1 - i]);
    const doubled = 2 * digit;
    sum += i % 2 === 0 ? digit : doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0;
}
