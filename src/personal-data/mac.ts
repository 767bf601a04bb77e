/**
 * Addresses of network cards (IEEE 802, EUI-48): six pairs of hexadecimal digits with colons or hyphens, or three groups of four with full
 * stops. Digits alone with hyphens or full stops are dates or versions unless a word says that they are an address; with colons they are one if IEEE gives out such a beginning. All zeros and all ones belong to no card.
 * @module
 */
import { matches, type TextSpan } from "./matches.ts";

const PAIRS =
  /(?<![\p{L}\p{N}_:.-])[0-9a-f]{2}([:-])(?:[0-9a-f]{2}\1){4}[0-9a-f]{2}(?![\p{L}\p{N}_]|[:-][0-9a-f])/giu;
const GROUPS =
  /(?<![\p{L}\p{N}_:.-])[0-9a-f]{4}\.[0-9a-f]{4}\.[0-9a-f]{4}(?![\p{L}\p{N}_]|\.[0-9a-f])/giu;

const ANNOUNCED =
  /(?<!\p{L})(?:mac|hwaddr|ether|bssid|wi-?fi|ethernet|hardware address|eth\d*|wlan\d*)\W{0,3}(?:(?:address|addr|is)\W{0,3}){0,2}$/iu;

/** The addresses in a text. */
export function* macs(text: string): Generator<TextSpan> {
  yield* matches(text, PAIRS, isOfACard);
  yield* matches(text, GROUPS, isOfACard);
}

function isOfACard(match: string, before: string): boolean {
  const digits = match.replace(/[^0-9a-f]/gi, "").toLowerCase();
  if (/^(?:0+|f+)$/.test(digits)) return false;
  return (
    /[a-f]/.test(digits) || ANNOUNCED.test(before) || (match.includes(":") && isOfAMaker(digits))
  );
}

/** Whether the lowest bits of the first byte are 0: one card, and given out by IEEE. Two times in a row, 12:34:56:12:34:56, are as often as not no such thing. */
function isOfAMaker(digits: string): boolean {
  return Number.parseInt(digits.slice(0, 2), 16) % 4 === 0;
}
