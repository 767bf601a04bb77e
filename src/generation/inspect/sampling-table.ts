/**
 * The table of an inspected choice: a row a candidate, a column a step.
 * @module
 */
import type { DisplayTable } from "../../interp/display/display.ts";
import { formatNumber, formatPiece } from "../../table.ts";
import type { SamplingCandidate, SamplingInspection } from "./sampling-inspection.ts";

/** In the columns, from left to right, what becomes of a token. */
export function samplingTable(inspection: SamplingInspection): DisplayTable {
  const { temperature, topP, topK = "all", minP, counts, candidates, drawn } = inspection;
  const isGreedy = temperature === 0;
  const least = minP === undefined ? "" : `, min-p ${minP}`;
  const settings = `temperature ${temperature}, top-p ${topP}, top-k ${topK}${least}`;
  const rows = candidates.map((candidate) => {
    const { id, logit, scaled, probability, tempered, cumulative } = candidate;
    const { afterTopP, afterTopK, afterMinP } = candidate;
    const last = minP === undefined ? [] : [afterMinP];
    const shares = [probability, tempered, cumulative, afterTopP, afterTopK, ...last];
    return [
      nameOf(candidate),
      `${id}`,
      formatNumber(logit),
      scaled === undefined ? "" : formatNumber(scaled),
      ...shares.map(percent),
      fateOf(candidate, drawn),
    ];
  });
  return {
    caption: `Sampling: ${isGreedy ? "greedy" : settings}; ${counts.afterMinP} of ${counts.all} tokens may come`,
    head: [
      ...["token", "id", "logit", "÷ T", "softmax", "at T", "sum", "top-p", "top-k"],
      ...(minP === undefined ? [""] : ["min-p", ""]),
    ],
    align: minP === undefined ? "lrrrrrrrrl" : "lrrrrrrrrrl",
    rows,
    ...(drawn ? { note: noteOf(drawn, inspection.random) } : {}),
  };
}

function noteOf(drawn: SamplingCandidate, random: number | undefined): string {
  const [from, to] = drawn.interval.map((x) => x.toFixed(6));
  const name = nameOf(drawn);
  if (random === undefined) return `${name} is chosen: it has the largest logit`;
  return `${name} is drawn: u = ${random.toFixed(6)} lies in its interval from ${from} to ${to}`;
}

function nameOf({ id, piece }: SamplingCandidate): string {
  return piece === undefined ? `${id}` : formatPiece(piece);
}

function fateOf({ id, droppedBy }: SamplingCandidate, drawn?: SamplingCandidate): string {
  if (id === drawn?.id) return "← drawn";
  return droppedBy === undefined ? "" : FATES[droppedBy];
}

const FATES = {
  zero: "never comes",
  topP: "dropped by top-p",
  topK: "dropped by top-k",
  minP: "dropped by min-p",
  greedy: "",
} as const;

function percent(p: number): string {
  if (p === 0) return "0 %";
  return p < 1e-4 ? "< 0.01 %" : `${(100 * p).toFixed(2)} %`;
}
