/**
 * Personal data in texts: what has a form that patterns know and checks confirm. Google's audit of Gemma ran its Sensitive Data Protection over
 * what was memorized (arXiv:2403.08295, §7); its names for these kinds stand in severity.ts.
 *
 * Patterns know the form and not the person: they find test numbers, and addresses of companies. Names of people need a model, and are found by
 * whatever the caller brings ({@link PersonalDataFinder}).
 * @module
 */
import { birthDates } from "./birth-date.ts";
import { cards } from "./card.ts";
import { emails } from "./email.ts";
import { ibans } from "./iban.ts";
import { ips } from "./ip.ts";
import { macs } from "./mac.ts";
import { plainForms, type TextSpan } from "./matches.ts";
import { phones } from "./phone.ts";
import { socialSecurityNumbers } from "./social-security-number.ts";
import { streetAddresses } from "./street-address.ts";

/** The kinds of personal data that are looked for. */
export type PersonalKind =
  | "email"
  | "iban"
  | "card"
  | "ssn"
  | "mac"
  | "ip"
  | "birthdate"
  | "phone"
  | "address";

/** By kind, and of two that overlap the first: an IBAN has digits that a phone number could have. */
const FINDERS: Readonly<Record<PersonalKind, (text: string) => Iterable<TextSpan>>> = {
  email: emails,
  iban: ibans,
  card: cards,
  ssn: socialSecurityNumbers,
  mac: macs,
  ip: ips,
  birthdate: birthDates,
  phone: phones,
  address: streetAddresses,
};

/** All of them. */
export const PERSONAL_KINDS: readonly PersonalKind[] = Object.keys(FINDERS) as PersonalKind[];

/** Personal data in a text. */
export interface PersonalDatum<Kind extends string = PersonalKind> extends TextSpan {
  /** What it is. */
  readonly kind: Kind;
}

/** Finds further kinds of personal data, such as names of people, in a text. It may ask a model. */
export type PersonalDataFinder = (
  text: string,
) => Iterable<PersonalDatum<string>> | Promise<Iterable<PersonalDatum<string>>>;

/** The personal data in a text, in its order. Of two that overlap, the first kind of {@link PERSONAL_KINDS}. */
export function findPersonalData(
  text: string,
  kinds: readonly PersonalKind[] = PERSONAL_KINDS,
): PersonalDatum[] {
  const plain = plainForms(text);
  const found: PersonalDatum[] = [];
  const taken = new Uint8Array(text.length);
  for (const kind of PERSONAL_KINDS.filter((one) => kinds.includes(one))) {
    for (const span of FINDERS[kind](plain)) {
      if (taken.subarray(span.begin, span.end).includes(1)) continue;
      taken.fill(1, span.begin, span.end);
      found.push({ kind, ...span });
    }
  }
  return found.sort((a, b) => a.begin - b.begin);
}
