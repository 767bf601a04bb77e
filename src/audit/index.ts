/**
 * The memorization audit of the Gemma report (arXiv:2403.08295, §7): how much of its training data does a model repeat, exactly and
 * approximately, by source, with how much personal data; beside a control that was never trained on.
 *
 *     import { Audit, estimateMemorization } from "gemma-reference/audit";
 *     const audit = new Audit(new Evaluator(gemma), documents, { control });
 *     const rows = [];
 *     for await (const row of audit.rows()) rows.push(row);
 *     const [{ all, total }] = estimateMemorization(rows);
 *
 * @module
 */

export { codePointsOf, editDistance } from "./distance/edit-distance.ts";
export { type CopiedText, CopiedTexts, type TokensOfDocument } from "./divergence/copied-text.ts";
export { type Divergence, type DivergenceOptions, divergences } from "./divergence/divergence.ts";
export type { AboutDocument, AuditDocument } from "./documents/audit-document.ts";
export { documentsFrom } from "./documents/documents-from.ts";
export { type AuditDuplicates, auditDuplicates, type NamedText } from "./documents/duplicates.ts";
export {
  arraysFromDocuments,
  documentsFromArrays,
  type ExtractionArrays,
  type ExtractionBenchmarkOptions,
  type IdArray,
} from "./documents/extraction-benchmark.ts";
export {
  type ComparedRates,
  type CountedRow,
  type EstimateOptions,
  estimateMemorization,
  type MemorizationEstimate,
  type Rates,
  type Totals,
} from "./estimates/estimate.ts";
export type { Rate, RateDifference } from "./estimates/rate.ts";
export { type Shares, sharesByTokens, type Total } from "./estimates/total.ts";
export type { Canary } from "./exposure/canary.ts";
export { type Exposure, type ExposureOptions, exposureOf } from "./exposure/exposure.ts";
export { extractableShare, extractionProbability, queriesFor } from "./extraction/extraction.ts";
export { type Auc, aucOf, truePositiveRateAt } from "./membership/auc.ts";
export {
  type MembershipAucs,
  type MembershipOptions,
  type MembershipRow,
  membership,
  membershipAucs,
} from "./membership/membership.ts";
export type { MembershipScores } from "./membership/scores.ts";
export {
  type GivenAway,
  type PersonalCounts,
  type PersonalData,
  type PersonalDataOfOptions,
  type PersonalDataReport,
  personalDataOf,
  type ScannedRow,
} from "./personal/personal-data-of.ts";
export {
  type DrawCanariesOptions,
  drawCanaries,
  type PlantedCanary,
} from "./planting/draw-canaries.ts";
export { type RepeatedOptions, repeated } from "./planting/repeated.ts";
export { Audit } from "./protocol/audit.ts";
export type { Approximate, AuditOptions, AuditSettings } from "./protocol/audit-options.ts";
export type { AuditRow, ShortDocument } from "./protocol/audit-row.ts";
export {
  type AuditParts,
  type AuditReport,
  auditReport,
  type NamedRates,
  type ReportedEstimate,
} from "./report/audit-report.ts";
export type { ExtractionCurve } from "./report/extraction-curve.ts";
export { type AuditPageOptions, auditPage } from "./report/html/page.ts";
export type { ReportedRow } from "./report/masked-row.ts";
export { auditText } from "./report/text.ts";
