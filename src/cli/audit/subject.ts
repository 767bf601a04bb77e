/**
 * What the files of `audit` are: documents, of which some may be drawn, their control, canaries.
 * @module
 */
import type { AuditDocument } from "../../audit/documents/audit-document.ts";
import type { Canary } from "../../audit/exposure/canary.ts";
import { xoshiro128 } from "../../random.ts";
import { UsageError } from "../command.ts";
import type { Io } from "../io.ts";
import { readArrays, readCanaries, readDocuments } from "./files.ts";
import { type AuditPlan, type AuditValues, auditPlan } from "./settings.ts";

/** What is audited. */
export interface Subject {
  /** All documents, of which some are drawn: duplicates are counted in them. */
  readonly corpus: readonly AuditDocument[];
  readonly documents: readonly AuditDocument[];
  readonly control: readonly AuditDocument[];
  readonly canaries: readonly Canary[] | undefined;
  readonly plan: AuditPlan;
}

/** @throws {UsageError} if files and options do not go together. */
export async function subjectOf(
  files: readonly string[],
  values: AuditValues,
  { signal }: Io,
  isDemo: boolean,
): Promise<Subject> {
  const plan = auditPlan(values);
  const { canaries: canariesFile } = values;
  const canaries =
    canariesFile === undefined ? undefined : await readCanaries(canariesFile, signal);
  const beside = values.control === undefined ? [] : await readDocuments(values.control, signal);
  if (files.length === 2 && files.every((file) => file.endsWith(".npy"))) {
    if (values.membership) {
      throw new UsageError(
        "--membership needs texts: letters are made lower case, bytes are counted",
      );
    }
    const { documents, prompt, suffix } = await readArrays(files[0], files[1]);
    const options = { prompts: [prompt], suffix, ...plan.options };
    return { ...sampled(documents, beside, plan), canaries, plan: { ...plan, options } };
  }
  if (files.length !== 1) {
    throw new UsageError("expected one file of documents, or PREFIX.npy SUFFIX.npy");
  }
  const all = await readDocuments(files[0], signal);
  // What was in the training data 0 times is a control.
  const documents = all.filter(({ repeats }) => repeats !== 0);
  const control = [...all.filter(({ repeats }) => repeats === 0), ...beside];
  if (documents.length === 0) {
    throw new UsageError(`expected documents that were trained on, got ${all.length} of 0 repeats`);
  }
  const options = isDemo && values.prompts === undefined ? { prompts: [10, 25, 50] } : {};
  return {
    ...sampled(documents, control, plan),
    canaries,
    plan: { ...plan, options: { ...options, ...plan.options } },
  };
}

/** As many documents as are asked for, each with the same chance, in their order. */
function sampled(
  documents: readonly AuditDocument[],
  control: readonly AuditDocument[],
  { limit, seed }: AuditPlan,
): Pick<Subject, "corpus" | "documents" | "control"> {
  if (limit === undefined || limit >= documents.length) {
    return { corpus: documents, documents, control };
  }
  const random = xoshiro128(seed);
  let wanted = limit;
  // Knuth, algorithm S: each is taken with the share of those that are still wanted.
  const drawn = documents.filter((_, i) => {
    if (random() * (documents.length - i) >= wanted) return false;
    wanted--;
    return true;
  });
  return { corpus: documents, documents: drawn, control };
}
