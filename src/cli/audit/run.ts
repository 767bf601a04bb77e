/**
 * An audit: documents asked about, answers kept, a report written.
 * @module
 */
import { basename, join } from "node:path";
import { divergences } from "../../audit/divergence/divergence.ts";
import { type AuditDocument, idsOf } from "../../audit/documents/audit-document.ts";
import { auditDuplicates } from "../../audit/documents/duplicates.ts";
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
import { UsageError } from "../command.ts";
import { EvaluationBar } from "../eval/progress.ts";
import type { Io } from "../io.ts";
import { withGemma } from "../open-model.ts";
import { adaptedName, modelChoice } from "../options/model.ts";
import type { AuditValues } from "./settings.ts";
import { type Subject, subjectOf } from "./subject.ts";

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
  try {
    const documents = isDemo ? [plantedDocumentsPath()] : files;
    const subject = await subjectOf(documents, values, io, isDemo);
    if (values.html !== undefined) await assertWritable(values.html);
    const model = isDemo ? plantedModelPath() : values.model;
    await withModels(subject, { ...values, ...(model === undefined ? {} : { model }) }, io);
  } catch (error) {
    if (io.signal.aborted) {
      const kept =
        values.out === undefined
          ? "Nothing is kept without --out DIR."
          : `All answers so far are in ${values.out}: the same command goes on from there.`;
      await io.stderr.write(`Stopped. ${kept}\n`);
    }
    throw error;
  }
}

async function withModels(subject: Subject, values: AuditValues, io: Io): Promise<void> {
  const { smaller, out } = values;
  await withGemma(values, io, async (gemma) => {
    const run = (store?: AnswerStore) =>
      smaller === undefined
        ? auditWith(gemma, undefined, subject, values, store, io)
        : withGemma({ ...values, model: smaller, adapter: undefined }, io, (other) =>
            auditWith(gemma, other, subject, values, store, io),
          );
    if (out === undefined) return run();
    return withAnswerFile(join(out, "answers.jsonl"), run, io.signal);
  });
}

async function auditWith(
  gemma: Gemma,
  smaller: Gemma | undefined,
  { corpus, documents, control, canaries, plan }: Subject,
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
    const duplicates = await auditDuplicates(texts(corpus), texts(control), { signal });
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
      model: adaptedName(values) || basename(values.model ?? ""),
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
  const page = values.out === undefined && values.html === undefined ? "" : auditPage(report);
  const files = new Map<string, string>();
  if (values.out !== undefined) {
    files.set(join(values.out, "report.json"), json);
    files.set(join(values.out, "report.html"), page);
  }
  if (values.html !== undefined) files.set(values.html, page);
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
