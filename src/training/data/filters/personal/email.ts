/**
 * Mail addresses: a name, @, and a domain of at least two labels, of which the last has letters only. That is narrower than RFC 5322,
 * which allows quoted names and comments that nobody writes, and wider in that letters of all scripts may stand in it
 * (RFC 6531). Names of examples (RFC 2606: example.com) count, too: in a text that is all that can be told of them.
 *
 * `name [at] example [dot] org`, in round brackets or square ones, is one as well.
 * @module
 */
import type { TextSpan } from "../../documents/document.ts";
import { matches } from "./find.ts";

const LETTER = "[\\p{L}\\p{M}\\p{N}_!#$%&'*+/=?^`{|}~-]";
// Begun where a run of letters begins, and nowhere in it: a run of a million would be tried a million times.
const NAME = `(?<!${LETTER})${LETTER}+(?:\\.${LETTER}+)*`;
const LABEL = "[\\p{L}\\p{N}](?:[\\p{L}\\p{M}\\p{N}-]{0,61}[\\p{L}\\p{M}\\p{N}])?";
const TOP = "(?:\\p{L}[\\p{L}\\p{M}]{1,62}|xn--[a-zA-Z0-9-]{2,59})";
const AT = "\\s*[\\[({]\\s*at\\s*[\\])}]\\s*";
const DOT = "(?:\\.|\\s*[\\[({]\\s*dot\\s*[\\])}]\\s*)";

const WRITTEN = new RegExp(`${NAME}@(?:${LABEL}\\.)+${TOP}`, "gu");
const SPELLED = new RegExp(`${NAME}${AT}(?:${LABEL}${DOT})+${TOP}`, "giu");

/** The mail addresses in a text. */
export function* emails(text: string): Generator<TextSpan> {
  // Most texts have no @, and the pattern would begin anew at each letter.
  if (text.includes("@")) yield* matches(text, WRITTEN);
  if (/[[({]\s*at\s*[\])}]/i.test(text)) yield* matches(text, SPELLED);
}
