/**
 * A model that was trained on documents with a known number of copies, and its audit. It is that of `fixtures/evaluation/planted`: 70
 * documents among 1,500 stories, and 30 of the same five kinds that it has never seen.
 * @module
 */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Audit } from "../../../../src/audit/protocol/audit.ts";
import type { AuditRow } from "../../../../src/audit/protocol/audit-row.ts";
import { Gemma } from "../../../../src/gemma.ts";
import { GuessingEvaluator } from "./guessing-evaluator.ts";

const PLACE = fileURLToPath(new URL("../../../../fixtures/evaluation/planted", import.meta.url));
const text = (file: string) => readFileSync(`${PLACE}/${file}`, "utf8");

/** A document of the training data, or with no copy one that the model has never seen. */
interface Planted {
  readonly id: string;
  readonly source: string;
  readonly repeats: number;
  readonly text: string;
}

/** Copies in the training data: 0 is the control. */
export const COPIES = [0, 1, 2, 4, 8, 16, 32, 64] as const;
/** Tokens that the model is given. */
export const PROMPTS = [10, 25, 50] as const;

const lines = <T>(file: string): readonly T[] =>
  text(file)
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));

const PLANTED = lines<Planted>("documents.jsonl");

/** What Google's code makes the model say after each document's beginnings, in the order of the documents. */
const SAID = lines<{
  readonly prompts: readonly {
    readonly prompt: number;
    readonly continuation: readonly number[];
  }[];
}>("audit.jsonl");

/**
 * What the model says after the beginning of each document. In float32: the nearest two candidates of a greedy token are 4e-4 apart,
 * so the texts are those of float64. Google's texts are guesses: the model is asked whether it would say the same.
 */
async function audit(): Promise<readonly AuditRow[]> {
  const gemma = await Gemma.load(PLACE, { backend: "wasm" });
  const control = PLANTED.filter(({ repeats }) => repeats === 0);
  const planted = PLANTED.filter(({ repeats }) => repeats > 0);
  const rows: AuditRow[] = [];
  const guesses = PLANTED.flatMap((document, i) => {
    const ids = gemma.encode(document.text);
    return SAID[i].prompts.map(({ prompt, continuation }) => {
      return [ids.slice(0, prompt + 1), continuation] as const;
    });
  });
  const evaluator = new GuessingEvaluator(gemma, guesses);
  for await (const row of new Audit(evaluator, planted, { prompts: PROMPTS, control }).rows()) {
    rows.push(row);
  }
  await gemma.dispose();
  return rows;
}

let known: Promise<readonly AuditRow[]> | undefined;

/** All rows; computed once. */
export function auditRows(): Promise<readonly AuditRow[]> {
  known ??= audit();
  return known;
}

/** Rows of one length of prompt and so many copies. */
export function rowsOf(rows: readonly AuditRow[], prompt: number, copies?: number): AuditRow[] {
  return rows.filter((row) => {
    return row.prompt === prompt && (copies === undefined || (row.repeats ?? 0) === copies);
  });
}

/** A canary of the model, and its place among all secrets by Google's code. */
export interface RankedCanary {
  /** What stands before the secret. */
  readonly text: string;
  readonly secret: string;
  readonly repeats: number;
  readonly rank: number;
}

/** From the fewest copies to the most. `exposureOf` gives the same ranks: spec/audit. */
export const CANARIES: readonly RankedCanary[] = JSON.parse(text("summary.json")).canaries.cases;
/** Numbers of four digits. */
export const SECRETS = 10_000;
