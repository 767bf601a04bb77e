/** An audit's report for a terminal: every rate with its interval and the control's. @module */
import { table as aligned, formatCount, formatPiece } from "../../table.ts";
import type { ComparedRates } from "../estimates/estimate.ts";
import type { Rate, RateDifference } from "../estimates/rate.ts";
import type { Total } from "../estimates/total.ts";
import type { PersonalCounts } from "../personal/personal-data-of.ts";
import type { AuditReport, ReportedEstimate } from "./audit-report.ts";

/** Names are those of files: what would move the cursor is spelled out. */
const table: typeof aligned = (rows, align) =>
  aligned(
    rows.map((row) => row.map(formatPiece)),
    align,
  );

/** `55.7 %`. */
export const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

/** `55.7 % (44.1–66.8)`. */
export function shown({ rate, interval }: Rate | Total): string {
  const [low, high] = interval.map((end) => (100 * end).toFixed(1));
  return `${percent(rate)} (${low}–${high})`;
}

/** The report as lines. */
export function auditText(report: AuditReport): string {
  const { settings, estimates, exposures, membership, scores, personal, divergences } = report;
  const blocks = [
    about(report),
    ...estimates.map((estimate) => ratesText(estimate, settings.level, settings.share)),
    extractionText(report),
    personal ? personalText(personal) : "",
    exposures ? exposuresText(exposures) : "",
    membership ? membershipText(membership) : scores ? NO_AUC : "",
    divergences ? divergencesText(divergences) : "",
  ];
  return blocks.filter((block) => block !== "").join("\n");
}

function about({ model, about, settings, short, duplicates }: AuditReport): string {
  const { prompts, suffix, level, share } = settings;
  const lines = [
    [model, ...about].join(", "),
    `BOS and the first ${prompts.join(", ")} tokens, greedy, the next ${suffix}; approximate: within ${percent(share)} edits of ${level}`,
  ];
  for (const { prompt, documents, control } of short) {
    if (documents + control === 0) continue;
    lines.push(
      `Too short for a prompt of ${prompt}: ${documents} documents, ${control} of the control. They are left out.`,
    );
  }
  if (duplicates) {
    const { exact, near, sharedControl } = duplicates;
    if (exact + near > 0)
      lines.push(`Among the documents: ${exact} exact and ${near} near duplicates.`);
    if (sharedControl.length > 0) {
      lines.push(
        `${sharedControl.length} documents of the control share 13 words in a row with a document: they are no control.`,
      );
    }
  }
  return `${lines.join("\n")}\n`;
}

function ratesText(estimate: ReportedEstimate, level: string, share: number): string {
  const { prompt, all, bySource, byRepeats, total } = estimate;
  const near = `≤ ${percent(share)} of ${level}`;
  const head = [
    `prompt ${prompt}`,
    "documents",
    "exact (95 %)",
    near,
    "control: exact",
    near,
    "documents",
  ];
  const row = (name: string, rates: ComparedRates) => {
    const { exact, approximate, control } = rates;
    const beside = control
      ? [shown(control.exact), shown(control.approximate), `${control.exact.documents}`]
      : ["no control", "", ""];
    return [name, formatCount(exact.documents), shown(exact), shown(approximate), ...beside];
  };
  const rows = [head, row("all", all)];
  if (bySource.length > 1) rows.push(...bySource.map((one) => row(one.name, one)));
  if (bySource.length > 1) {
    const beside = all.control
      ? [shown(all.control.exact), shown(all.control.approximate), `${all.control.exact.documents}`]
      : ["no control", "", ""];
    rows.push(["total, by shares", "", shown(total.exact), shown(total.approximate), ...beside]);
  }
  for (const one of byRepeats ?? []) rows.push(row(`repeated ${one.name} ×`, one));
  return `${table(rows, "lrllllr")}${aboveControl(all)}${sharesText(estimate)}`;
}

/** What counts: how far the rates lie above the control's. */
function aboveControl({ difference, approximateOnly }: ComparedRates): string {
  const only = `Approximate only: ${shown(approximateOnly)}.`;
  if (!difference) return `${only} Without a control nobody knows what any model would repeat.\n`;
  const { exact, approximate } = difference;
  return `Above the control, in percentage points: exact ${points(exact)}, approximate ${points(approximate)}. ${only}\n`;
}

/** `55.7 (41.1 to 66.8)`. */
export function points({ difference, interval }: RateDifference): string {
  const [own, low, high] = [difference, ...interval].map((x) => (100 * x).toFixed(1));
  return `${own} (${low} to ${high})`;
}

/** The shares behind a total, and where they are from; nothing where there is one source. */
export function sharesText({ bySource, shares, areSharesGiven }: ReportedEstimate): string {
  if (bySource.length < 2) return "";
  const all = Object.entries(shares).map(([source, share]) => `${source} ${percent(share)}`);
  const how = areSharesGiven ? "given" : "by the tokens of documents, as often as repeated";
  return `Shares, ${how}: ${formatPiece(all.join(", "))}.\n`;
}

function extractionText({ extraction, settings }: AuditReport): string {
  const rows = extraction.flatMap(({ prompt, queries, all, top, control, exact, unsure }) => [
    [
      `prompt ${prompt}, drawn n times`,
      ...queries.map((n) => `n = ${formatCount(n)}`),
      "greedy, p < ½",
    ],
    ["from all tokens", ...all.map(percent), `${unsure} of ${exact}`],
    [`from the top ${settings.topK}`, ...top.map(percent), ""],
    ["control", ...(control ? control.map(percent) : ["none given"]), ""],
  ]);
  return rows.length === 0
    ? ""
    : `Documents that come with a probability of ½ or more\n${table(rows, "lrrrrr")}`;
}

function personalText(personal: NonNullable<AuditReport["personal"]>): string {
  const row = (name: string, { documents, withData, bySeverity, byKind }: PersonalCounts) => {
    const { high, moderate, low } = bySeverity;
    const kinds = Object.entries(byKind).map(([kind, count]) => `${kind} ${count}`);
    return [
      name,
      `${withData} of ${documents}`,
      `${high}`,
      `${moderate}`,
      `${low}`,
      kinds.join(", "),
    ];
  };
  const rows = personal.flatMap(({ prompt, exact, approximate, source, control }) => [
    [`prompt ${prompt}`, "with data", "high", "moderate", "low", "documents by kind"],
    row("exact", exact),
    row("approximate only", approximate),
    row("there to find", source),
    ...(control
      ? [row("control, exact", control.exact), row("control, there to find", control.source)]
      : [["control", "none given", "", "", "", ""]]),
  ]);
  const found = personal.flatMap(({ found, prompt }) =>
    found.slice(0, MOST).map(({ id, kind, severity, value, isTrue, memorized }) => {
      return [`prompt ${prompt}`, id, memorized, severity, kind, value, isTrue ? "" : "made up"];
    }),
  );
  const title = "Personal data that begin in a memorized continuation; severities are ours";
  return `${title}\n${table(rows, "lrrrrl")}${found.length > 0 ? `\n${table(found, "lllllll")}` : ""}`;
}

const NO_AUC = "Membership: scores are in the JSON; without a control there is no AUC\n";

/** Lines of values in a terminal; the JSON has all. */
const MOST = 20;

function exposuresText(exposures: NonNullable<AuditReport["exposures"]>): string {
  const rows = exposures.map(({ id, repeats, rank, candidates, exposure, logprob }) => [
    id,
    repeats === undefined ? "" : `${repeats} ×`,
    `${formatCount(rank)} of ${formatCount(candidates)}`,
    `${exposure.toFixed(2)} bits`,
    `log p ${logprob.toFixed(2)}`,
  ]);
  return `Canaries: by chance a secret has e bits or more with a probability of 2^−e\n${table(rows, "lrrrr")}`;
}

function membershipText(aucs: NonNullable<AuditReport["membership"]>): string {
  const rows = Object.entries(aucs).map(([score, { auc, standardError, seen, unseen }]) => [
    score,
    `${auc.toFixed(3)} ± ${standardError.toFixed(3)}`,
    `${seen} documents, ${unseen} of the control`,
  ]);
  return `Membership: how well a score tells documents from the control (AUC; ½ is a coin)\n${table(rows, "lrl")}`;
}

function divergencesText(divergences: NonNullable<AuditReport["divergences"]>): string {
  const rows = divergences.map(({ word, sample, repeated, copied }) => {
    const longest = copied.reduce((most, one) => (one.tokens > most.tokens ? one : most), {
      id: "",
      tokens: 0,
    });
    const found =
      longest.tokens > 0 ? `${longest.tokens} tokens of ${longest.id}` : "nothing copied";
    return [word, `answer ${sample + 1}`, `repeated ${repeated} ×`, found];
  });
  return `Repeated words, and what is copied behind them\n${table(rows, "lrrl")}`;
}
