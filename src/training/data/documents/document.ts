/**
 * Documents, and why one is dropped. No document goes without a reason: which rule, what was found, and what the rule
 * allows.
 * @module
 */
import type { TextSpan } from "../../../personal-data/matches.ts";

/** A text to learn from, with whatever else belongs to it. */
export interface TextDocument {
  /** The text. */
  readonly text: string;
}

/** Why a document is dropped. */
export interface DropReason {
  /** What found it: `quality`, `personal`, `near duplicate`. */
  readonly filter: string;
  /** Which rule of it: `words`, `email`. */
  readonly rule: string;
  /** What was found: a figure of the text, or a part of it. Of personal data the form only: `xxx.xxx00@xxxxxx.xxx`. */
  readonly value: number | string;
  /** What the rule allows. */
  readonly threshold: number | string;
  /** The document that is kept in its place, or the evaluation item that it overlaps with: its number, from 0. */
  readonly of?: number;
  /** What has to be hidden where the text is shown. */
  readonly hidden?: readonly TextSpan[];
}

/** A file that documents came from. */
export interface FileOfDocuments {
  /** Its name. */
  readonly name: string;
  /** Of its bytes, in hexadecimal digits. */
  readonly sha256: string;
  /** Its rows. */
  readonly rows: number;
}

/** How much there is of something. */
export interface Amount {
  /** Documents. */
  readonly documents: number;
  /** UTF-16 units of their texts. */
  readonly characters: number;
  /** Tokens of their texts, where something counts them. */
  readonly tokens?: number;
}

/** A dropped document as a report shows it. */
export interface DroppedExample {
  /** Its number among all documents that came in, from 0. */
  readonly document: number;
  /** Its beginning; personal data are hidden. */
  readonly text: string;
  /** Why. */
  readonly reason: DropReason;
}

/** What one step did. */
export interface StageReport {
  /** The filter's name. */
  readonly name: string;
  /** What came in. */
  readonly before: Amount;
  /** What went on. */
  readonly after: Amount;
  /** Documents dropped, by the rule that dropped them. */
  readonly reasons: Readonly<Record<string, number>>;
  /** The first few of them. */
  readonly examples: readonly DroppedExample[];
}
