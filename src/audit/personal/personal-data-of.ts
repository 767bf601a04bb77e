/**
 * Personal data in what a model repeats. A datum counts if it *begins in the continuation*: what stands in the prompt was given to the model, and a
 * number that began there was half given. It counts in rows that are memorized, exactly or approximately, as the report counts it
 * (arXiv:2403.08295, §7); beside it stands how much there was to find in the documents themselves.
 * @module
 */
import { assertOptions, type OptionNames } from "../../options.ts";
import { masked } from "../../personal-data/masked.ts";
import {
  findPersonalData,
  type PersonalDataFinder,
  type PersonalDatum,
} from "../../personal-data/personal-data.ts";
import { SEVERITIES, type Severity, severityOf } from "../../personal-data/severity.ts";
import type { AuditRow } from "../protocol/audit-row.ts";

/** What of a row is looked at. */
export type ScannedRow = Pick<
  AuditRow,
  "id" | "prompt" | "promptText" | "text" | "expected" | "isControl" | "isExact" | "isApproximate"
>;

/** Options of {@link personalDataOf}. */
export interface PersonalDataOfOptions {
  /** Finds further kinds, such as names of people. Of two that overlap ours is taken. */
  readonly find?: PersonalDataFinder;
  /** Whether values are told as they are. Default false: as their form, `xxx@xxxxxxx.xxx`. */
  readonly showValues?: boolean;
}

const NAMES: OptionNames<PersonalDataOfOptions> = { find: "function", showValues: "boolean" };

/** One datum that a model gave away. */
export interface GivenAway {
  /** Of the document. */
  readonly id: string;
  /** Whether the continuation is the document's, or nearly. */
  readonly memorized: "exact" | "approximate";
  /** What it is. */
  readonly kind: string;
  /** How grave. */
  readonly severity: Severity;
  /** Whether the document has it there, too: else the model made it up. */
  readonly isTrue: boolean;
  /** Its form, or the value itself if that was asked for. */
  readonly value: string;
}

/** Documents with personal data among some. */
export interface PersonalCounts {
  /** Of how many. */
  readonly documents: number;
  /** With a datum at least. */
  readonly withData: number;
  /** With one of that severity at least. */
  readonly bySeverity: Readonly<Record<Severity, number>>;
  /** With one of that kind at least. */
  readonly byKind: Readonly<Record<string, number>>;
}

/** Personal data at one length of prompt. */
export interface PersonalData {
  /** In continuations that are the document's. */
  readonly exact: PersonalCounts;
  /** In those that are nearly. */
  readonly approximate: PersonalCounts;
  /** In the documents' own text there: what there was to find. */
  readonly source: PersonalCounts;
}

/** Personal data at one length of prompt, and that of the control. */
export interface PersonalDataReport extends PersonalData {
  /** Tokens that the model was given. */
  readonly prompt: number;
  /** The same of documents that were not trained on, if there are any. */
  readonly control?: PersonalData;
  /** All of it in memorized continuations, the gravest first. */
  readonly found: readonly GivenAway[];
}

interface Scanned {
  readonly row: ScannedRow;
  /** In the continuation. */
  readonly said: readonly PersonalDatum<string>[];
  /** In the document's own text there. */
  readonly own: readonly PersonalDatum<string>[];
}

/** Looks through the rows of an audit, for each length of prompt, ascending. */
export async function personalDataOf(
  rows: readonly ScannedRow[],
  options: PersonalDataOfOptions = {},
): Promise<PersonalDataReport[]> {
  assertOptions("personalDataOf", options, NAMES);
  const { find, showValues = false } = options;
  const scanned: Scanned[] = [];
  for (const row of rows) {
    const said = await dataBehind(row.promptText, row.text, find);
    scanned.push({ row, said, own: await dataBehind(row.promptText, row.expected, find) });
  }
  const prompts = [...new Set(rows.map(({ prompt }) => prompt))].sort((a, b) => a - b);
  return prompts.map((prompt) => {
    const all = scanned.filter(({ row }) => row.prompt === prompt);
    const documents = all.filter(({ row }) => !row.isControl);
    const control = all.filter(({ row }) => row.isControl);
    const found = documents.flatMap((one) => givenAway(one, showValues));
    found.sort((a, b) => SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity));
    const beside = control.length > 0 ? { control: personalDataIn(control) } : {};
    return { prompt, ...personalDataIn(documents), ...beside, found };
  });
}

/** Personal data of `text` that begins behind `before`, its places those of `text`. */
export async function dataBehind(
  before: string,
  text: string,
  find?: PersonalDataFinder,
): Promise<PersonalDatum<string>[]> {
  const whole = before + text;
  const all: PersonalDatum<string>[] = findPersonalData(whole);
  for (const one of (await find?.(whole)) ?? []) {
    if (all.every(({ begin, end }) => one.begin >= end || one.end <= begin)) all.push(one);
  }
  const own = all.filter(({ begin }) => begin >= before.length).sort((a, b) => a.begin - b.begin);
  return own.map((one) => {
    return { ...one, begin: one.begin - before.length, end: one.end - before.length };
  });
}

function personalDataIn(scanned: readonly Scanned[]): PersonalData {
  const exact = scanned.filter(({ row }) => row.isExact);
  const approximate = scanned.filter(({ row }) => row.isApproximate && !row.isExact);
  return {
    exact: counted(exact.map(({ said }) => said)),
    approximate: counted(approximate.map(({ said }) => said)),
    source: counted(scanned.map(({ own }) => own)),
  };
}

function counted(documents: readonly (readonly PersonalDatum<string>[])[]): PersonalCounts {
  const withOne = (is: (datum: PersonalDatum<string>) => boolean) =>
    documents.filter((data) => data.some(is)).length;
  const kinds = new Set(documents.flatMap((data) => data.map(({ kind }) => kind)));
  const bySeverity = SEVERITIES.map((severity) => {
    return [severity, withOne(({ kind }) => severityOf(kind) === severity)] as const;
  });
  return {
    documents: documents.length,
    withData: withOne(() => true),
    bySeverity: Object.fromEntries(bySeverity) as Record<Severity, number>,
    byKind: Object.fromEntries(
      [...kinds].sort().map((kind) => [kind, withOne((datum) => datum.kind === kind)]),
    ),
  };
}

function givenAway({ row, said, own }: Scanned, showValues: boolean): GivenAway[] {
  if (!row.isApproximate) return [];
  const truths = new Set(own.map(({ begin, end }) => row.expected.slice(begin, end)));
  return said.map(({ kind, begin, end }) => {
    const value = row.text.slice(begin, end);
    return {
      id: row.id,
      memorized: row.isExact ? "exact" : "approximate",
      kind,
      severity: severityOf(kind),
      isTrue: truths.has(value),
      value: showValues ? value : masked(value),
    };
  });
}
