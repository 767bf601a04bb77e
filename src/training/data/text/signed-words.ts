/**
 * Words, and the signs that carry meaning as words of their own: "a + b" is not "a - b", C is not C++, and 3.14 is not 314. Duplicates
 * are looked for by these. Contamination takes plain words (words.ts), as GPT-3's authors did.
 *
 *     operators        + = < > % ^ & | ~ / \ and all of mathematics and money     wherever they stand
 *     hyphen           but between letters (well-known), or beside another (a dash)
 *     * # ! $ @        where they are not decoration: 2 * 3, a*b, C#, #5, !x, != ; but not **bold**, # Title, Stop!
 *     brackets         beside an operator: (a + b) * c
 *     point            inside a number
 *
 * Full stops, commas, quotation marks and bullets make no difference.
 * @module
 */
import { words } from "./words.ts";

const BULLET = /^[ \t]*[-*+•] /gm;
const SIGN = new RegExp(
  [
    "[+=<>%^&|~/\\\\$@\\p{Sm}\\p{Sc}]",
    "(?<!-|\\p{L}(?=-\\p{L}))-(?!-)",
    "(?<=[\\p{L}\\p{N})\\]])\\*(?=[\\p{L}\\p{N}([])|(?<!\\S)\\*(?!\\S)",
    "(?<=[\\p{L}#])#|#(?=[\\p{L}\\p{N}])",
    "(?<![\\p{L}\\p{N}])!(?=[\\p{L}\\p{N}(])|!(?==)",
    "(?<=[-+*/=^<>] ?)[([]|[)\\]](?= ?[-+*/=^<>])",
  ].join("|"),
  "gu",
);
const POINT = /(?<=\p{N})\.(?=\p{N})/gu;

/** Characters for private use, which are no punctuation, stand for signs. */
const PRIVATE = 0xe000;

/** `-5 + 3.14 = C++` → eight words, those of signs in characters for private use. */
export function signedWords(text: string): string[] {
  const plain = text.normalize("NFKC").replaceAll("−", "-").replace(BULLET, " ");
  return words(plain.replace(SIGN, (sign) => ` ${kept(sign)} `).replace(POINT, kept));
}

/** Signs beyond ASCII stay what they are: words.ts takes none of them away. */
function kept(sign: string): string {
  const code = sign.charCodeAt(0);
  return code < 128 ? String.fromCharCode(PRIVATE + code) : sign;
}
