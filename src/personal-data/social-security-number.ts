/**
 * Social security numbers of the United States: three, two and four digits, of which some are never given out (Social Security Administration, POMS
 * RM 10201.035): areas 000, 666 and from 900 on, group 00, serial 0000. Three numbers in another form than with hyphens count if a
 * word says what they are; and with hyphens they do not if a word says that they are something else.
 * @module
 */
import { digitsOf, matches, type TextSpan } from "./matches.ts";
import { OTHER_NUMBER } from "./other-numbers.ts";

const HYPHENS = /(?<![\p{L}\p{N}_.-]|\d\/)\d{3}-\d{2}-\d{4}(?![\p{L}\p{N}_-]|[./]\d)/gu;
const OTHER = /(?<![\p{L}\p{N}_.-])(?:\d{3} \d{2} \d{4}|\d{9})(?![\p{L}\p{N}_-]|[.,]\d)/gu;

const ANNOUNCED =
  /(?<!\p{L})(?:ssn|ss ?#|social[ -]security(?: (?:number|no\.?|num|card))?)[^\p{L}\p{N}]{0,4}(?:(?:is|was|of|number|no|num)[^\p{L}\p{N}]{1,4}){0,2}$/iu;
/** The numbers in a text. */
export function* socialSecurityNumbers(text: string): Generator<TextSpan> {
  yield* matches(text, HYPHENS, (match, before) => {
    return isGivenOut(match) && !OTHER_NUMBER.test(before);
  });
  yield* matches(text, OTHER, (match, before) => isGivenOut(match) && ANNOUNCED.test(before));
}

function isGivenOut(match: string): boolean {
  const digits = digitsOf(match);
  const [area, group, serial] = [digits.slice(0, 3), digits.slice(3, 5), digits.slice(5)];
  return area !== "000" && area !== "666" && area < "900" && group !== "00" && serial !== "0000";
}
