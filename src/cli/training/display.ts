/**
 * How a run goes, on stderr: on a terminal the loss curve so far, with a line below it, drawn again and again; elsewhere a line
 * now and then.
 * @module
 */
import { formatCount } from "../../table.ts";
import type { CurvePoint } from "../../training/report/points.ts";
import type { ValidatedReport } from "../../training/run/validation.ts";
import type { Io, Output } from "../io.ts";
import { cutTo } from "../terminal/columns.ts";
import { duration } from "../terminal/duration.ts";
import { curveLines } from "./curve.ts";

/** Milliseconds between two pictures. */
const PAUSE = 150;
/** Lines of the curve, and columns at most. */
const [LINES, COLUMNS] = [8, 72];
/** Columns below which there is no room for a curve. */
const LEAST = 40;
/** Lines of a run where nothing can be drawn again. */
const REPORTS = 50;

/** `step 25/150  loss 0.940  312 targets  norm 1.23  lr 1.0e-3  1,234 tokens/s  2 min left` */
export function reportLine(report: ValidatedReport): string {
  const { step, steps, loss, targets, gradientNorm, lr, tokensPerSecond, secondsLeft } = report;
  const parts = [
    `step ${step}${steps === undefined ? "" : `/${steps}`}`,
    `loss ${loss.toFixed(4)}`,
    ...(report.validLoss === undefined ? [] : [`valid ${report.validLoss.toFixed(4)}`]),
    `${formatCount(targets)} targets`,
    `norm ${gradientNorm.toPrecision(3)}`,
    `lr ${lr.toPrecision(2)}`,
    `${formatCount(Math.round(tokensPerSecond))} tokens/s`,
    ...(secondsLeft === undefined || step === steps ? [] : [`${duration(secondsLeft)} left`]),
    ...(report.skipped === undefined ? [] : [`skipped: ${report.skipped}`]),
  ];
  return parts.join("  ");
}

export class LossDisplay {
  readonly #stderr: Output;
  readonly #isLive: boolean;
  readonly #points: CurvePoint[] = [];
  #drawn = 0;
  #next = 0;
  #last: ValidatedReport | undefined;

  /** @param earlier steps that were done before the run was resumed. */
  constructor({ stderr, env }: Io, earlier: readonly CurvePoint[] = []) {
    this.#stderr = stderr;
    this.#isLive = stderr.isTerminal && env.TERM !== "dumb";
    this.#points.push(...earlier);
  }

  /** Shows a step, unless the last was shown just before. */
  async show(report: ValidatedReport): Promise<void> {
    this.#points.push(report);
    this.#last = report;
    if (!this.#isLive) {
      const { step, steps = step, validLoss, skipped } = report;
      const every = Math.max(1, Math.floor(steps / REPORTS));
      const isSaid = step % every === 0 || step === 1 || step === steps;
      if (isSaid || validLoss !== undefined || skipped !== undefined) {
        await this.#stderr.write(`${reportLine(report)}\n`);
      }
      return;
    }
    const now = performance.now();
    if (now < this.#next) return;
    this.#next = now + PAUSE;
    await this.#draw(report);
  }

  /** Leaves the last picture where it is. */
  async end(): Promise<void> {
    if (this.#isLive && this.#last) await this.#draw(this.#last);
    this.#drawn = 0;
  }

  async #draw(report: ValidatedReport): Promise<void> {
    const { columns = COLUMNS } = this.#stderr;
    const { step, steps = step } = report;
    const size = { columns: Math.min(COLUMNS, columns - 1), lines: LINES };
    const curve = columns < LEAST ? [] : curveLines(this.#points, steps, size);
    // A line that breaks would take two, and the next picture would begin a line too low.
    const lines = [...curve, cutTo(reportLine(report), Math.max(1, columns - 1))];
    const up = this.#drawn > 0 ? `\x1b[${this.#drawn}A` : "";
    await this.#stderr.write(`${up}\r\x1b[J${lines.join("\n")}\n`);
    this.#drawn = lines.length;
  }
}
