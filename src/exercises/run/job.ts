/**
 * What a worker is asked, and what it tells. A learner's file runs in a worker, so that a loop without an end ends.
 * @module
 */
import type { Finding } from "../detective/judge.ts";
import type { Verdict } from "./check.ts";
import type { Said } from "./gemma-says.ts";

/** To check one file, to hear a detective, or to run the model with all functions of some files that pass. */
export type Job = CheckJob | DetectiveJob | PlayJob;

/** One exercise, one file. */
export interface CheckJob {
  readonly kind: "check";
  /** The folder of goldens. */
  readonly fixtures: string;
  readonly exercise: string;
  /** URL of the learner's file. */
  readonly file: string;
}

/** A file that names the mistakes of three engines. */
export interface DetectiveJob {
  readonly kind: "detective";
  readonly fixtures: string;
  /** URL of the learner's file. */
  readonly file: string;
}

/** Several files, and a text to go on with. */
export interface PlayJob {
  readonly kind: "play";
  readonly fixtures: string;
  /** URLs by exercise. */
  readonly files: Readonly<Record<string, string>>;
  readonly prompt: string;
}

/** What a worker posts, in order. */
export type Message =
  /** What the file writes to the console. */
  | { readonly kind: "prints"; readonly text: string }
  /** This runs now: a case, or what comes before and after the cases. */
  | { readonly kind: "begins"; readonly what: string }
  | { readonly kind: "verdict"; readonly verdict: Verdict }
  | { readonly kind: "said"; readonly said: Said }
  | { readonly kind: "findings"; readonly findings: readonly Finding[] }
  /** The functions that pass and play along. */
  | { readonly kind: "playing"; readonly exercises: readonly string[] }
  /** The file could not be used, and why. */
  | { readonly kind: "unusable"; readonly why: string }
  | { readonly kind: "done" };

/** What a worker has told, by kind. */
export interface Told {
  readonly verdict?: Verdict;
  readonly said?: Said;
  readonly findings?: readonly Finding[];
  readonly playing?: readonly string[];
  /** Why the file could not be used. */
  readonly why?: string;
}

export function told(messages: readonly Message[]): Told {
  const of = <K extends Message["kind"]>(kind: K) =>
    messages.find((message): message is Extract<Message, { kind: K }> => message.kind === kind);
  return {
    verdict: of("verdict")?.verdict,
    said: of("said")?.said,
    findings: of("findings")?.findings,
    playing: of("playing")?.exercises,
    why: of("unusable")?.why,
  };
}
