/**
 * Addresses on the net by which somebody can be found: IPv4 and IPv6, but not those that lead nowhere outside a house or a machine
 * (RFC 1918, 6598, 5735, 4291). Addresses of documentation (192.0.2.0/24, 198.51.100.0/24, 203.0.113.0/24, 2001:db8::/32) count: in data
 * they stand where others were. Four numbers behind "version" or the like are no address, nor behind a name, as in "OpenSSL 1.0.2.1" or
 * "curl/7.68.0.1", if the first two are small.
 * @module
 */
import { matches, type TextSpan } from "./matches.ts";

const V4 = /(?<![\p{L}\d_]|\d[.:])\d{1,3}(?:\.\d{1,3}){3}(?![\p{L}\d_]|\.\d)/gu;
const V6 =
  /(?<![\p{L}\p{N}_:.])(?:[0-9a-f]{0,4}:){2,7}(?:[0-9a-f]{1,4}|\d{1,3}(?:\.\d{1,3}){3})?(?![\p{L}\p{N}_]|:[\p{L}\p{N}:])/giu;

/** What stands before a number of four parts that is no address. */
const VERSION =
  /(?:\b(?:v|ver|vers|versión|version|versione|versão|release|rel|build|firmware|section|sec|chapter|ch|clause|article|art|paragraph|para|fig|figure|table|oid|rfc|kapitel|abschnitt)\.?|§)\s*[:=#]?\s*$/iu;

/** A name in front: with a capital letter or a digit in it and a space behind; or any, with a sign that ties its version to it. */
const NAMED =
  /(?<![\p{L}\p{N}.])(?:(?=\p{L}*[\p{Lu}\p{N}])(\p{L}[\p{L}\p{N}+#_]*) |(\p{L}[\p{L}\p{N}_]*)(?:[/@-]|==))$/u;
/** Words that stand before an address as a name stands before a version, in any case; and verbs: "Blocked 5.9.8.7". */
const PLACE =
  /^(?:ip|ipv4|ips|host|hosts|server|servers|address|addresses|addr|adresse|from|to|at|by|via|for|of|on|in|is|was|and|or|not|but|the|an?|my|our|your|this|see|visit|open|try|use|ping|connect|trace|traceroute|telnet|ssh|ftp|http|https|tcp|udp|icmp|dns|smtp|vpn|nat|get|post|put|head|info|warn|warning|error|debug|notice|client|clients|remote|local|source|destination|src|dst|peer|gateway|router|proxy|node|user|users|visitor|guest|admin|root|login|logon|ban|block|deny|allow|drop|accept|whois|lookup|subnet|network|net|route|nameserver|domain|website|site|von|nach|bei|de|desde|\p{L}{2,}(?:ed|ing))$/iu;

/** What is said of versions: "was fixed in 1.5.4.1", "the 1.7.3.1 release", "1.2.3.4-rc.1". */
const CHANGE =
  /(?<!\p{L})(?:notes (?:to|for)|in|merged to|since|prior to|(?:upgraded?|updated?|bumped?|downgraded?) (?:to|from)|as of)(?: the)?\s+$/iu;
const VERSIONED =
  /^(?: (?:release|version|build|update|patch)(?!\p{L})|[-+~](?:\p{L}|\d+(?![\d.])))/u;

/** The addresses in a text. */
export function* ips(text: string): Generator<TextSpan> {
  if (text.includes(".")) {
    yield* matches(
      text,
      V4,
      (match, before, after) => isPublicV4(match) && !isVersion(match, before, after),
    );
  }
  if (text.includes(":")) yield* matches(text, V6, isPublicV6);
}

/** Blocks of IPv4 that nobody is found by: the first address, and how many bits all of them share. */
const NOT_PUBLIC: readonly (readonly [readonly number[], bits: number])[] = [
  [[0, 0, 0, 0], 8], // this network
  [[10, 0, 0, 0], 8], // private
  [[100, 64, 0, 0], 10], // shared, of a provider
  [[127, 0, 0, 0], 8], // this machine
  [[169, 254, 0, 0], 16], // this link
  [[172, 16, 0, 0], 12], // private
  [[192, 168, 0, 0], 16], // private
  [[224, 0, 0, 0], 3], // multicast, reserved, broadcast; so are netmasks
];

function isPublicV4(address: string): boolean {
  const parts = address.split(".");
  if (parts.some((part) => Number(part) > 255 || (part.length > 1 && part[0] === "0")))
    return false;
  const value = numberOf(parts.map(Number));
  return NOT_PUBLIC.every(([block, bits]) => {
    const size = 2 ** (32 - bits);
    return Math.floor(value / size) !== numberOf(block) / size;
  });
}

function isVersion(match: string, before: string, after: string): boolean {
  if (VERSION.test(before)) return true;
  const [, spaced, tied] = NAMED.exec(before) ?? [];
  const name = spaced ?? tied;
  // Versions begin with small numbers, and three of four addresses do not.
  if (!/^\d\d?\.\d\d?\./.test(match)) return false;
  const isNamed = name !== undefined && !PLACE.test(name);
  return isNamed || CHANGE.test(before) || VERSIONED.test(after);
}

function numberOf(parts: readonly number[]): number {
  return parts.reduce((value, part) => value * 256 + part, 0);
}

/** Of IPv6, what is in use outside a house: 2000::/3, and IPv4 inside ::ffff:0:0/96. */
function isPublicV6(address: string): boolean {
  const halves = address.split("::");
  if (halves.length > 2) return false;
  const v4 = /(?<=:)\d+\.\d+\.\d+\.\d+$/.exec(address)?.[0];
  const groups = halves.flatMap((half) => half.split(":").filter((group) => group !== ""));
  const count = groups.length + (v4 ? 1 : 0);
  if (halves.length === 1 ? count !== 8 || /^:|:$/.test(address) : count > 7) return false;
  if (v4) return /^::ffff:/i.test(address) && isPublicV4(v4);
  if (address.startsWith("::")) return false;
  return groups.length > 0 && /^[23][0-9a-f]{3}$/i.test(groups[0]);
}
