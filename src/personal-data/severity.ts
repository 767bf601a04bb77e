/**
 * How grave it is that a model gives away data of a kind. The report of Gemma has three severities of Google Cloud's Sensitive Data Protection
 * and calls the highest "sensitive" and the others "personal" (arXiv:2403.08295, §7); it does not say which kinds have which. This table is ours,
 * after the levels of that service's API (`SensitivityScore`: LOW 10, MODERATE 20, HIGH 30).
 * @module
 */
import type { PersonalKind } from "./personal-data.ts";

/** From what tells of a machine to what opens an account. */
export type Severity = "low" | "moderate" | "high";

/** The highest first. */
export const SEVERITIES: readonly Severity[] = ["high", "moderate", "low"];

/** What is known of a kind. */
export interface KindOfPersonalData {
  /** Its name at Google Cloud's Sensitive Data Protection. */
  readonly infoType: string;
  /** How grave it is. */
  readonly severity: Severity;
}

/** By kind. */
export const PERSONAL_DATA_KINDS: Readonly<Record<PersonalKind, KindOfPersonalData>> = {
  card: { infoType: "CREDIT_CARD_NUMBER", severity: "high" },
  iban: { infoType: "IBAN_CODE", severity: "high" },
  ssn: { infoType: "US_SOCIAL_SECURITY_NUMBER", severity: "high" },
  email: { infoType: "EMAIL_ADDRESS", severity: "moderate" },
  phone: { infoType: "PHONE_NUMBER", severity: "moderate" },
  birthdate: { infoType: "DATE_OF_BIRTH", severity: "moderate" },
  address: { infoType: "STREET_ADDRESS", severity: "moderate" },
  ip: { infoType: "IP_ADDRESS", severity: "low" },
  mac: { infoType: "MAC_ADDRESS", severity: "low" },
};

/** How grave a kind is; one that a finder of the caller's brings, such as a person's name, is "moderate". */
export function severityOf(kind: string): Severity {
  return Object.hasOwn(PERSONAL_DATA_KINDS, kind)
    ? PERSONAL_DATA_KINDS[kind as PersonalKind].severity
    : "moderate";
}
