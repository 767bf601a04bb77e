/** All that an audit has found, as plain JSON. @module */
import { brief } from "../../brief.ts";
import { isList } from "../../check.ts";
import { refusals } from "../../errors.ts";
import { assertOptions, type OptionNames } from "../../options.ts";
import type { PersonalDataFinder } from "../../personal-data/personal-data.ts";
import type { Divergence } from "../divergence/divergence.ts";
import type { AuditDuplicates } from "../documents/duplicates.ts";
import {
  type ComparedRates,
  estimateMemorization,
  type MemorizationEstimate,
} from "../estimates/estimate.ts";
import type { Shares } from "../estimates/total.ts";
import type { Exposure } from "../exposure/exposure.ts";
import {
  type MembershipAucs,
  type MembershipRow,
  membershipAucs,
} from "../membership/membership.ts";
import type { PersonalDataReport } from "../personal/personal-data-of.ts";
import type { AuditSettings } from "../protocol/audit-options.ts";
import type { AuditRow, ShortDocument } from "../protocol/audit-row.ts";
import { type ExtractionCurve, extractionCurve } from "./extraction-curve.ts";
import { maskedRow, maskedText, type ReportedRow, withoutIds } from "./masked-row.ts";

/** What an audit was made of, and what it has found. */
export interface AuditParts {
  /** What `Audit.rows` gives. */
  readonly rows: readonly AuditRow[];
  /** Of the audit. */
  readonly settings: AuditSettings;
  /** Of the audit. */
  readonly short: readonly ShortDocument[];
  /** The name of the model. Default "a Gemma". */
  readonly model?: string;
  /** What else is to be said of it: precision, date. */
  readonly about?: readonly string[];
  /** The share of each source in the corpus. Default: by tokens, as often as documents were repeated. */
  readonly shares?: Shares;
  /** Of `auditDuplicates`. */
  readonly duplicates?: AuditDuplicates;
  /** Of `personalDataOf`. */
  readonly personal?: readonly PersonalDataReport[];
  /** Of `exposureOf`, for each canary. */
  readonly exposures?: readonly Exposure[];
  /** Of `membership`. */
  readonly membership?: readonly MembershipRow[];
  /** Of `divergences`. */
  readonly divergences?: readonly Divergence[];
  /** Whether personal data in texts are told as they are. Default false: as their form. */
  readonly showValues?: boolean;
  /** Finds further kinds, such as names of people, which are masked then. */
  readonly find?: PersonalDataFinder;
}

const NAMES: OptionNames<AuditParts> = {
  rows: true,
  settings: true,
  short: true,
  model: true,
  about: true,
  shares: true,
  duplicates: true,
  personal: true,
  exposures: true,
  membership: true,
  divergences: true,
  showValues: "boolean",
  find: "function",
};

/** The rates of a group, and its name. */
export interface NamedRates extends ComparedRates {
  /** A source, or how often documents were in the training data. */
  readonly name: string;
}

/** Rates at one length of prompt, as JSON. */
export interface ReportedEstimate
  extends Omit<MemorizationEstimate, "bySource" | "byRepeats" | "shares"> {
  /** By source. */
  readonly bySource: readonly NamedRates[];
  /** By how often documents were in the training data, ascending. */
  readonly byRepeats?: readonly NamedRates[];
  /** By source. */
  readonly shares: Readonly<Record<string, number>>;
  /** Whether the shares were given: else they are by tokens, as often as documents were repeated. */
  readonly areSharesGiven: boolean;
}

/** An audit's report. It is plain JSON, but for logarithms of 0, which JSON has as null. */
export interface AuditReport {
  /** The name of the model. */
  readonly model: string;
  /** What else is to be said. */
  readonly about: readonly string[];
  /** How the audit was made. */
  readonly settings: AuditSettings;
  /** By length of prompt: documents that were too short. */
  readonly short: readonly {
    readonly prompt: number;
    readonly documents: number;
    readonly control: number;
  }[];
  /** Documents that are alike. */
  readonly duplicates?: AuditDuplicates;
  /** Rates by length of prompt. */
  readonly estimates: readonly ReportedEstimate[];
  /** How many answers it takes, by length of prompt. */
  readonly extraction: readonly ExtractionCurve[];
  /** Personal data by length of prompt. */
  readonly personal?: readonly PersonalDataReport[];
  /** Canaries, the most repeated last. */
  readonly exposures?: readonly Exposure[];
  /** How well scores tell documents from the control; undefined without a control. */
  readonly membership?: MembershipAucs;
  /** The scores of each document. */
  readonly scores?: readonly MembershipRow[];
  /** Repeated words. */
  readonly divergences?: readonly Divergence[];
  /** What the model said, by document and length of prompt; personal data in the texts as their form. */
  readonly rows: readonly ReportedRow[];
}

/**
 * The report of an audit.
 * @throws {ArgumentError} if there is no row of a document.
 */
export async function auditReport(parts: AuditParts): Promise<AuditReport> {
  const op = "auditReport";
  assertOptions(op, parts, NAMES);
  const { rows, settings, short, model = "a Gemma", about = [], shares, exposures } = parts;
  const { duplicates, personal, membership, divergences, showValues = false, find } = parts;
  if (!isList(rows)) throw refusals(op).argument("rows", "the rows of an audit", brief(rows));
  const estimates = estimateMemorization(rows, shares ? { shares } : {});
  const hasControl = membership?.some(({ isControl }) => isControl);
  const masked = async (text: string) => (showValues ? text : maskedText(text, find));
  return {
    model,
    about,
    settings,
    short: shortByPrompt(settings, short),
    ...(duplicates && { duplicates }),
    estimates: estimates.map((one) => reported(one, shares !== undefined)),
    extraction: settings.prompts.flatMap((prompt) => {
      const own = rows.filter((row) => row.prompt === prompt);
      return own.some(({ isControl }) => !isControl) ? [extractionCurve(prompt, own)] : [];
    }),
    ...(personal && { personal }),
    ...(exposures && {
      exposures: await inTurn(
        [...exposures].sort((a, b) => (a.repeats ?? 0) - (b.repeats ?? 0)),
        async (one) => ({ ...one, id: await masked(one.id) }),
      ),
    }),
    ...(membership && { scores: membership }),
    ...(membership && hasControl && { membership: membershipAucs(membership) }),
    ...(divergences && {
      divergences: await inTurn(inOrder(divergences), async (one) => {
        return { ...one, text: await masked(one.text) };
      }),
    }),
    rows: showValues ? rows.map(withoutIds) : await inTurn(rows, (row) => maskedRow(row, find)),
  };
}

/** One after the other: a finder may ask a model, which ten thousand rows must not do at once. */
async function inTurn<T, U>(items: readonly T[], of: (item: T) => Promise<U>): Promise<U[]> {
  const all: U[] = [];
  for (const item of items) all.push(await of(item));
  return all;
}

/** The answers to each word by their numbers: they come as they are done. */
function inOrder(divergences: readonly Divergence[]): Divergence[] {
  const words = [...new Set(divergences.map(({ word }) => word))];
  return words.flatMap((word) =>
    divergences.filter((one) => one.word === word).sort((a, b) => a.sample - b.sample),
  );
}

function shortByPrompt({ prompts }: AuditSettings, short: readonly ShortDocument[]) {
  return prompts.map((prompt) => {
    const own = short.filter((one) => one.prompt === prompt);
    const control = own.filter(({ isControl }) => isControl).length;
    return { prompt, documents: own.length - control, control };
  });
}

function reported(
  { bySource, byRepeats, shares, ...rest }: MemorizationEstimate,
  areSharesGiven: boolean,
): ReportedEstimate {
  const named = (groups: ReadonlyMap<string | number, ComparedRates>) =>
    [...groups].map(([name, rates]) => ({ name: `${name}`, ...rates }));
  return {
    ...rest,
    bySource: named(bySource).sort((a, b) => (a.name < b.name ? -1 : 1)),
    ...(byRepeats && { byRepeats: named(byRepeats) }),
    shares: Object.fromEntries(shares),
    areSharesGiven,
  };
}
