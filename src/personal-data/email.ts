/**
 * Mail addresses: a name, @, and a domain of at least two labels, of which the last has letters only. That is narrower than RFC 5322,
 * which allows quoted names and comments that nobody writes, and wider in that letters of all scripts may stand in it
 * (RFC 6531). Names of examples (RFC 2606: example.com) count, too: in a text that is all that can be told of them.
 *
 * `name [at] example [dot] org`, in round brackets or square ones, is one as well. The addresses of repositories
 * (git@github.com:owner/repo.git, ssh://git@github.com/owner), handles (@user@mastodon.social) and pictures (icon@2x.png) are none.
 * @module
 */
import { matches, type TextSpan } from "./matches.ts";

const WORD = "\\p{L}\\p{M}\\p{N}_";
/**
 * What may stand inside a name, but not before it: o'brien, 'brien. RFC 5322 has more such signs; in texts they are what separates:
 * `?email=ann@example.org&id=3`, `|ann@example.org|`, `**ann@example.org**`.
 */
const INSIDE = ".'+-";
/** At most 64 characters (RFC 5321), so that a text of a million dots does not take a million squared. */
const NAME = `(?<![@${WORD}]|[${WORD}][${INSIDE}]{1,3}|@[/${WORD}${INSIDE}]{1,64})[${WORD}][${WORD}${INSIDE}]{0,63}`;
const LABEL = "[\\p{L}\\p{N}](?:[\\p{L}\\p{M}\\p{N}-]{0,61}[\\p{L}\\p{M}\\p{N}])?";
const TOP = "(?:xn--[a-zA-Z0-9-]{2,59}|\\p{L}[\\p{L}\\p{M}]{1,62})";
const AT = "\\s{0,2}[\\[({]\\s?at\\s?[\\])}]\\s{0,2}";
const DOT = "(?:\\.|\\s{0,2}[\\[({]\\s?dot\\s?[\\])}]\\s{0,2})";

const WRITTEN = new RegExp(`${NAME}@(?!\\d+x\\.)(?:${LABEL}\\.){1,8}${TOP}`, "gu");
const SPELLED = new RegExp(`${NAME}${AT}(?:${LABEL}${DOT}){1,8}${TOP}`, "giu");

/** An account at a host, with a path: host:owner/repo, host:repo.git. */
const PATH = /^:[^\s:@]*(?:\/|\.git\b)/;
/** A user, or a password, of a host: https://user:word@host. */
const SCHEME = /\b(?!mailto)[a-z][a-z0-9+.-]{0,19}:\/\/[^\s/@]*$/i;

/** The mail addresses in a text. */
export function* emails(text: string): Generator<TextSpan> {
  // Most texts have no @, and the pattern would begin anew at each letter.
  if (text.includes("@")) yield* matches(text, WRITTEN, isMail);
  if (/[[({]\s?at\s?[\])}]/i.test(text)) yield* matches(text, SPELLED);
}

function isMail(match: string, before: string, after: string): boolean {
  return !SCHEME.test(before) && !match.startsWith("git@") && !PATH.test(after);
}
