/**
 * What is looked at while a model learns: of most runs the loss, of reinforcement learning the reward, what another judge says,
 * and how far the policy has gone. The curve in the terminal, the line of a step and the page of a run show the same.
 * @module
 */
import type { ValidatedReport } from "../run/validation.ts";
import type { CurvePoint } from "./points.ts";

/** A figure of a step. */
export interface Figure<Report> {
  /** What it is called in a line: `valid`. */
  readonly name: string;
  /** What it is called in a table. Default: its name. */
  readonly head?: string;
  /** The figure; undefined of a step that has none. */
  value(report: Report): number | undefined;
  /** Digits behind the point. Default 4. */
  readonly digits?: number;
}

/** Curves that share their axes. */
export interface CurveView<Report> {
  /** What they show. */
  readonly title: string;
  /** The curve, a point a step. */
  readonly line: Figure<Report>;
  /** What the curve is, beside a stroke of it. */
  readonly legend: string;
  /** A second one, with fewer points, and what it is. */
  readonly beside?: Figure<Report> & { readonly legend: string };
  /** How to read them, in a sentence or two. */
  readonly text: string;
}

/** What is shown of a run. */
export interface RunView<Report> {
  /** Curves of the page, one below the other. */
  readonly curves: readonly CurveView<Report>[];
  /** Figures that begin the line of a step. */
  readonly figures: readonly Figure<Report>[];
  /** What a batch is counted in, and its loss is divided by: `targets`, `pairs`. */
  readonly counted: string;
  /** What is wrong, in sentences. Default: nothing ever. */
  warnings?(report: Report): readonly string[];
}

/** The points of a figure: of the steps that have it. */
export function pointsOf<Report extends { readonly step: number }>(
  reports: readonly Report[],
  figure: Figure<Report>,
): CurvePoint[] {
  return reports.flatMap((report) => {
    const value = figure.value(report);
    return value === undefined ? [] : [{ step: report.step, value }];
  });
}

const loss: Figure<ValidatedReport> = { name: "loss", value: (report) => report.loss };
const valid: Figure<ValidatedReport> = {
  name: "valid",
  head: "validation",
  value: ({ validLoss }) => validLoss,
};

/** Cross-entropy, and that of data that is not learnt. */
export const LOSS_VIEW: RunView<ValidatedReport> = {
  curves: [
    {
      title: "Loss",
      line: loss,
      legend: "each step, before its update",
      beside: { ...valid, legend: "validation: data that is not learnt" },
      text: "Mean of −log p over the target tokens of a batch, in nats. A model that knows nothing has the logarithm of its vocabulary’s size.",
    },
  ],
  figures: [loss, valid],
  counted: "targets",
};
