/**
 * International bank account numbers (ISO 13616): a country, two check digits and as many further characters as accounts of that country have,
 * in one or in groups of four. The check is that of ISO 7064: the first four characters put last and letters taken as 10 to 35, the number
 * leaves 1 when divided by 97. One of 97 other numbers does.
 * @module
 */
import type { TextSpan } from "./matches.ts";

/** Lengths by country, of the registry that SWIFT keeps. */
const LENGTHS: Readonly<Record<string, number>> = Object.fromEntries(
  [
    "AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 DK18 DO28 EE20 EG29 ES24 FI18 FK18",
    "FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HN28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 LC32 LI21 LT20 LU20 LV21",
    "LY25 MC27 MD24 ME22 MK19 MN20 MR27 MT31 MU30 NI28 NL18 NO15 OM23 PK24 PL28 PS29 PT25 QA29 RO24 RS22 RU33 SA24 SC31 SD18 SE24",
    "SI19 SK24 SM27 SO23 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20 YE30",
  ]
    .join(" ")
    .split(" ")
    .map((one) => [one.slice(0, 2), Number(one.slice(2))]),
);

const BEGINNING = /(?<![\p{L}\p{N}_])[A-Z]{2}\d\d(?=[ -]?[A-Z0-9])/giu;

/** The account numbers in a text. */
export function* ibans(text: string): Generator<TextSpan> {
  for (const { 0: match, index: begin } of text.matchAll(BEGINNING)) {
    const end = endOf(text, begin, LENGTHS[match.slice(0, 2).toUpperCase()] ?? 0);
    if (end !== undefined && isValid(text.slice(begin, end))) yield { begin, end };
  }
}

/** Where `length` letters and digits from `begin` on end: in one, or with the same sign behind every four. */
function endOf(text: string, begin: number, length: number): number | undefined {
  if (length === 0) return undefined;
  const sign = /[ -]/.test(text[begin + 4]) ? text[begin + 4] : "";
  const groups =
    sign === "" ? [length] : [...new Array(Math.floor(length / 4)).fill(4), length % 4];
  let at = begin;
  for (const [i, count] of groups.filter((one) => one > 0).entries()) {
    if (i > 0 && text[at++] !== sign) return undefined;
    for (let c = 0; c < count; c++) if (!/[A-Z0-9]/i.test(text[at++] ?? "")) return undefined;
  }
  return /[\p{L}\p{N}_]/u.test(text[at] ?? "") ? undefined : at;
}

function isValid(iban: string): boolean {
  const characters = iban.replace(/[ -]/g, "").toUpperCase();
  // In print they are in capitals; of mixed case it is some other code.
  if (/[a-z]/.test(iban) && /[A-Z]/.test(iban)) return false;
  let rest = 0;
  for (const character of characters.slice(4) + characters.slice(0, 4)) {
    const value = Number.parseInt(character, 36);
    rest = (rest * (value < 10 ? 10 : 100) + value) % 97;
  }
  return rest === 1;
}
