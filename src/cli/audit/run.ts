/**
 * An audit: documents asked about, answers kept, a report written.
 * @module
 */
import { basename, join } from "node:path";
import { divergences } from "../../audit/divergence/divergence.ts";
import { type AuditDocument, idsOf } from "../../audit/documents/audit-document.ts";
import { auditDuplicates } from "../../audit/documents/duplicates.ts";
import type { Canary } from "../../audit/exposure/canary.ts";
import { type Exposure, exposureOf } from "../../audit/exposure/exposure.ts";
import { membership } from "../../audit/membership/membership.ts";
import { personalDataOf } from "../../audit/personal/personal-data-of.ts";
import { Audit } from "../../audit/protocol/audit.ts";
import { type AuditReport, auditReport } from "../../audit/report/audit-report.ts";
import { auditPage } from "../../audit/report/html/page.ts";
import { auditText } from "../../audit/report/text.ts";
import type { AnswerStore } from "../../evaluation/answers/answer-store.ts";
import { Evaluator } from "../../evaluation/requests/evaluator.ts";
import type { Gemma } from "../../gemma.ts";
import { plantedDocumentsPath, plantedModelPath } from "../../node/audit/demo-planted.ts";
import { withAnswerFile } from "../../node/evaluation/answer-file.ts";
import { assertWritable, writeFileAtomically } from "../../node/write-atomically.ts";
import { xoshiro128 } from "../../random.ts";
import { UsageError } from "../command.ts";
import { EvaluationBar } from "../eval/progress.ts";
import type { Io } from "../io.ts";
import { withGemma } from "../open-model.ts";
import { modelChoice, modelName } from "../options/model.ts";
import { readArrays, readCanaries, readDocuments } from "./files.ts";
import { type AuditPlan, type AuditValues, auditPlan } from "./settings.ts";

/** What is audited. */
interface Subject {
  readonly documents: readonly AuditDocument[];
  readonly control: readonly AuditDocument[];
  readonly canaries: readonly Canary[] | undefined;
  readonly plan: AuditPlan;
}

/**
 * Audits the documents that are named, and writes what the options ask for.
 * @throws {UsageError} if options or files do not go together.
 */
export async function runAudit(
  files: readonly string[],
  values: AuditValues,
  io: Io,
): Promise<void> {
  const isDemo = files.length === 1 && files[0] === "demo";
  if (isDemo && values.model !== undefined) throw new UsageError("demo has a --model of its own");
  modelChoice(values);
  const subject = await subjectOf(isDemo ? [plantedDocumentsPath()] : files, values, io, isDemo);
  if (values.html !== undefined) await assertWritable(values.html);
  const model = isDemo ? plantedModelPath() : values.model;
  const given = { ...values, ...(model === undefined ? {} : { model }) };
  await withGemma(given, io, async (gemma) => {
    const smaller = values.smaller;
    const run = (store?: AnswerStore) =>
      smaller === undefined
        ? auditWith(gemma, undefined, subject, given, store, io)
        : withGemma({ ...given, model: smaller }, io, (other) =>
            auditWith(gemma, other, subject, given, store, io),
          );
    if (values.out === undefined) return run();
    return withAnswerFile(join(values.out, "answers.jsonl"), run, io.signal);
  }).catch(async (error) => {
    if (io.signal.aborted) {
      const kept =
        values.out === undefined
          ? "Nothing is kept without --out DIR."
          : `All answers so far are in ${values.out}: the same command goes on from there.`;
      await io.stderr.write(`Stopped. ${kept}\n`);
    }
    throw error;
  });
}

async function subjectOf(
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
): Pick<Subject, "documents" | "control"> {
  if (limit === undefined || limit >= documents.length) return { documents, control };
  const random = xoshiro128(seed);
  let wanted = limit;
  // Knuth, algorithm S: each is taken with the share of those that are still wanted.
  const drawn = documents.filter((_, i) => {
    if (random() * (documents.length - i) >= wanted) return false;
    wanted--;
    return true;
  });
  return { documents: drawn, control };
}

async function auditWith(
  gemma: Gemma,
  smaller: Gemma | undefined,
  { documents, control, canaries, plan }: Subject,
  values: AuditValues,
  store: AnswerStore | undefined,
  io: Io,
): Promise<void> {
  const { signal } = io;
  const bar = new EvaluationBar(io.stderr);
  const own = {
    ...(store && { store }),
    signal,
    onProgress: (progress: Parameters<EvaluationBar["show"]>[0]) => bar.show(progress),
  };
  const evaluator = new Evaluator(gemma, own);
  const showValues = values["show-values"] ?? false;
  let report: AuditReport;
  try {
    const audit = new Audit(evaluator, documents, { ...plan.options, control });
    const texts = (some: readonly AuditDocument[]) =>
      some.map((one) => ({ id: one.id, text: textOf(gemma, one) }));
    const duplicates = await auditDuplicates(texts(documents), texts(control), { signal });
    bar.begin("documents");
    const rows = await all(audit.rows());
    const scores =
      values.membership &&
      (await all(
        membership(evaluator, documents, {
          control,
          ...(smaller && { smaller: new Evaluator(smaller, own) }),
        }),
      ));
    bar.begin("words");
    const { words, seed } = plan;
    const found =
      words.length > 0 && (await all(divergences(evaluator, words, documents, { seed })));
    const exposures: Exposure[] = [];
    for (const [i, canary] of (canaries ?? []).entries()) {
      bar.begin(`canary ${i + 1} of ${canaries?.length}`);
      const { signal, onProgress } = own;
      exposures.push(await exposureOf(evaluator, canary, { signal, onProgress }));
    }
    const { precision, name } = gemma.backend.info;
    report = await auditReport({
      ...{ rows, settings: audit.settings, short: audit.short, duplicates, showValues },
      model: modelName(values.model) || basename(values.model ?? ""),
      about: [`${precision} on ${name}`],
      ...(plan.shares && { shares: plan.shares }),
      ...(values.personal && { personal: await personalDataOf(rows, { showValues }) }),
      ...(canaries && { exposures }),
      ...(scores && { membership: scores }),
      ...(found && { divergences: found }),
    });
  } finally {
    bar.clear();
  }
  await written(report, values, io);
}

async function written(report: AuditReport, values: AuditValues, io: Io): Promise<void> {
  const json = `${JSON.stringify(report, null, 2)}\n`;
  const files = new Map<string, string>();
  if (values.out !== undefined) {
    files.set(join(values.out, "report.json"), json);
    files.set(join(values.out, "report.html"), auditPage(report));
  }
  if (values.html !== undefined) files.set(values.html, auditPage(report));
  for (const [path, text] of files) await writeFileAtomically(path, new TextEncoder().encode(text));
  if (values.json) return await io.stdout.write(json);
  const paths = [...files.keys()].map((path) => `${path}\n`).join("");
  await io.stdout.write(`${auditText(report)}${paths && `\n${paths}`}`);
}

function textOf(gemma: Gemma, document: AuditDocument): string {
  return "text" in document ? document.text : gemma.decode(idsOf(gemma, document));
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}
