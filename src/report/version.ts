/**
 * The report's texts: they differ, so a figure says which one it is from.
 * @module
 */

/** A text of the report, by the name that the tables give it. */
export type ReportVersion = "R0" | "R1" | "R4";

/** What a version is. */
export interface ReportSource {
  /** Which version it is. */
  readonly version: ReportVersion;
  /** What the text is. */
  readonly title: string;
  /** Year, month, day. */
  readonly date: string;
  /** How these tables know it. */
  readonly read: string;
}

/** The texts, the oldest first. Where nothing else is said, a figure is R4's. */
export const REPORT_SOURCES: readonly ReportSource[] = [
  {
    version: "R0",
    title: "wording of the day of the release, before the PDF below",
    date: "2024-02-21",
    read: "second-hand: as articles of those days quote it",
  },
  {
    version: "R1",
    title: "PDF of Google DeepMind",
    date: "2024-02-21",
    read: "as text extracted from the PDF",
  },
  {
    version: "R4",
    title: "arXiv 2403.08295, version 4",
    date: "2024-04-16",
    read: "whole, as a transcription page by page",
  },
];

/** A table of the report as data: figures as they are printed. */
export interface ReportTable<Row> {
  /** As the report calls it: `Table 6`. */
  readonly name: string;
  /** What it is about. */
  readonly title: string;
  /** The texts that have these rows. */
  readonly versions: readonly ReportVersion[];
  /** Its rows, as they are printed. */
  readonly rows: readonly Row[];
}

/** A size of Gemma. */
export type GemmaSize = "2B" | "7B";
