/**
 * Personal data: mail addresses, phone numbers, payment cards, public addresses on the net. The Gemma report filters its data for "certain
 * personal information" (arXiv:2403.08295, §3.2) without saying how; these are patterns with checks of what they find, as datatrove's
 * `pii.py` has for mail and addresses.
 *
 * Patterns know the form and not the person: names, streets, dates of birth and numbers of passports stay. docs/training-data.md
 * says what else is missed.
 * @module
 */
import { brief } from "../../../../brief.ts";
import { isList } from "../../../../check.ts";
import { refusals } from "../../../../errors.ts";
import { assertOptions, type OptionNames } from "../../../../options.ts";
import { masked, type TextSpan } from "../../documents/document.ts";
import type { DocumentFilter } from "../filter.ts";
import { cards } from "./card.ts";
import { emails } from "./email.ts";
import { type PersonalDatum, type PersonalKind, plainForms } from "./find.ts";
import { ips } from "./ip.ts";
import { phones } from "./phone.ts";

const FINDERS: Readonly<Record<PersonalKind, (text: string) => Iterable<TextSpan>>> = {
  email: emails,
  card: cards,
  ip: ips,
  phone: phones,
};
const KINDS = Object.keys(FINDERS) as PersonalKind[];

/** Options of {@link personalDataFilter}. */
export interface PersonalDataOptions {
  /** What is looked for. Default: all four. */
  readonly kinds?: readonly PersonalKind[];
  /** How much of it a document may have. Default 0. */
  readonly most?: number;
}

const NAMES: OptionNames<PersonalDataOptions> = { kinds: true, most: true };

/** The personal data in a text, in its order. Of two that overlap, the first kind of: email, card, ip, phone. */
export function findPersonalData(
  text: string,
  kinds: readonly PersonalKind[] = KINDS,
): PersonalDatum[] {
  const plain = plainForms(text);
  const found: PersonalDatum[] = [];
  const taken = new Uint8Array(text.length);
  for (const kind of KINDS.filter((one) => kinds.includes(one))) {
    for (const span of FINDERS[kind](plain)) {
      if (taken.subarray(span.begin, span.end).includes(1)) continue;
      taken.fill(1, span.begin, span.end);
      found.push({ kind, ...span });
    }
  }
  return found.sort((a, b) => a.begin - b.begin);
}

/**
 * Drops texts with personal data. Addresses of documentation (203.0.113.0/24, example.com) are such data, too: in texts they stand where
 * others were. The reason has the form of what was found, not what it says, and examples in reports hide it.
 * @throws {ArgumentError} if a kind is unknown.
 */
export function personalDataFilter(options: PersonalDataOptions = {}): DocumentFilter {
  const op = "personalDataFilter";
  assertOptions(op, options, NAMES);
  const { kinds = KINDS, most = 0 } = options;
  if (!isList(kinds) || Array.from(kinds).some((kind) => !KINDS.includes(kind))) {
    throw refusals(op).argument("kinds", `a list of ${KINDS.join(", ")}`, brief(kinds));
  }
  if (!(most >= 0)) throw refusals(op).argument("most", "a number, 0 or more", brief(most));
  return {
    name: "personal",
    check(text) {
      const found = findPersonalData(text, kinds);
      if (found.length <= most) return undefined;
      const { kind, begin, end } = found[0];
      const value = masked(text.slice(begin, end));
      return { filter: "personal", rule: kind, value, threshold: most, hidden: found };
    },
  };
}
