/**
 * Personal data: mail addresses, phone numbers, payment cards, public addresses on the net. The Gemma report filters its data for "certain
 * personal information" (arXiv:2403.08295, §3.2) without saying how; these are patterns with checks of what they find, as datatrove's
 * `pii.py` has for mail and addresses.
 *
 * Patterns know the form and not the person: names, streets, dates of birth and numbers of passports stay. docs/training-data.md
 * says what else is missed.
 * @module
 */
import { brief } from "../../../brief.ts";
import { isList } from "../../../check.ts";
import { refusals } from "../../../errors.ts";
import { assertOptions, type OptionNames } from "../../../options.ts";
import { masked } from "../../../personal-data/masked.ts";
import {
  findPersonalData,
  PERSONAL_KINDS,
  type PersonalKind,
} from "../../../personal-data/personal-data.ts";
import type { DocumentFilter } from "./filter.ts";

/** What is looked for unless kinds are named. */
const DEFAULT_KINDS: readonly PersonalKind[] = ["email", "card", "ip", "phone"];

/** Options of {@link personalDataFilter}. */
export interface PersonalDataOptions {
  /** What is looked for. Default: email, card, ip and phone. */
  readonly kinds?: readonly PersonalKind[];
  /** How much of it a document may have. Default 0. */
  readonly most?: number;
}

const NAMES: OptionNames<PersonalDataOptions> = { kinds: true, most: true };

/**
 * Drops texts with personal data. Addresses of documentation (203.0.113.0/24, example.com) are such data, too: in texts they stand where
 * others were. The reason has the form of what was found, not what it says, and examples in reports hide it.
 * @throws {ArgumentError} if a kind is unknown.
 */
export function personalDataFilter(options: PersonalDataOptions = {}): DocumentFilter {
  const op = "personalDataFilter";
  assertOptions(op, options, NAMES);
  const { kinds = DEFAULT_KINDS, most = 0 } = options;
  if (!isList(kinds) || Array.from(kinds).some((kind) => !PERSONAL_KINDS.includes(kind))) {
    throw refusals(op).argument("kinds", `a list of ${PERSONAL_KINDS.join(", ")}`, brief(kinds));
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
