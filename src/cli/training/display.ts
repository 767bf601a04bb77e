/**
 * How a run goes, on stderr: on a terminal the curves so far, with a line below them, drawn again and again; elsewhere a line
 * now and then.
 * @module
 */
import { formatCount } from "../../table.ts";
import { pointsOf, type RunView } from "../../training/report/view.ts";
import type { StepReport } from "../../training/run/trainer.ts";
import type { Io, Output } from "../io.ts";
import { cutTo } from "../terminal/columns.ts";
import { duration } from "../terminal/duration.ts";
import { curveLines } from "./curve.ts";

/** Milliseconds between two pictures. */
const PAUSE = 150;
/** Lines of a curve alone, of one of several, and columns at most. */
const [LINES, FEWER, COLUMNS] = [8, 4, 72];
/** Columns below which there is no room for a curve. */
const LEAST = 40;
/** Lines of a run where nothing can be drawn again. */
const REPORTS = 50;

/** `step 25/150  loss 0.9400  312 targets  norm 1.23  lr 1.0e-3  1,234 tokens/s  2 min left` */
export function reportLine<Report extends StepReport>(
  report: Report,
  { figures, counted }: Pick<RunView<Report>, "figures" | "counted">,
): string {
  const { step, steps, targets, gradientNorm, lr, tokensPerSecond, secondsLeft } = report;
  const parts = [
    `step ${step}${steps === undefined ? "" : `/${steps}`}`,
    ...figures.flatMap(({ name, value, digits = 4 }) => {
      const figure = value(report);
      return figure === undefined ? [] : [`${name} ${figure.toFixed(digits)}`];
    }),
    `${formatCount(targets)} ${counted}`,
    `norm ${gradientNorm.toPrecision(3)}`,
    `lr ${lr.toPrecision(2)}`,
    `${formatCount(Math.round(tokensPerSecond))} tokens/s`,
    ...(secondsLeft === undefined || step === steps ? [] : [`${duration(secondsLeft)} left`]),
    ...(report.skipped === undefined ? [] : [`skipped: ${report.skipped}`]),
  ];
  return parts.join("  ");
}

const warningLine = (warning: string) => `Warning: ${warning}.`;

export class RunDisplay<Report extends StepReport> {
  readonly #stderr: Output;
  readonly #isLive: boolean;
  readonly #view: RunView<Report>;
  readonly #reports: Report[] = [];
  #drawn = 0;
  #next = 0;

  /** @param earlier steps that were done before the run was resumed. */
  constructor({ stderr, env }: Io, view: RunView<Report>, earlier: readonly Report[] = []) {
    this.#stderr = stderr;
    this.#isLive = stderr.isTerminal && env.TERM !== "dumb";
    this.#view = view;
    this.#reports.push(...earlier);
  }

  /** Shows a step, unless the last was shown just before. */
  async show(report: Report): Promise<void> {
    this.#reports.push(report);
    if (!this.#isLive) {
      const { step, steps = step, skipped } = report;
      const every = Math.max(1, Math.floor(steps / REPORTS));
      const isSaid = step % every === 0 || step === 1 || step === steps;
      const warnings = this.#view.warnings?.(report) ?? [];
      if (isSaid || warnings.length > 0 || skipped !== undefined || this.#isRare(report)) {
        const lines = [reportLine(report, this.#view), ...warnings.map(warningLine)];
        await this.#stderr.write(`${lines.join("\n")}\n`);
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
    const last = this.#reports.at(-1);
    if (this.#isLive && last) await this.#draw(last);
    this.#drawn = 0;
  }

  /** Whether the step has a figure that its neighbour has not, such as a loss of validation. */
  #isRare(report: Report): boolean {
    const before = this.#reports.at(-2);
    return this.#view.figures.some(
      ({ value }) => value(report) !== undefined && before && value(before) === undefined,
    );
  }

  /** What was wrong last. */
  #lastWarning(): string[] {
    const at = this.#reports.findLast((report) => this.#view.warnings?.(report).length);
    const last = at && this.#view.warnings?.(at).at(-1);
    return last === undefined ? [] : [`step ${at?.step}: ${warningLine(last)}`];
  }

  async #draw(report: Report): Promise<void> {
    const { columns = COLUMNS } = this.#stderr;
    const curves = columns < LEAST ? [] : this.#curves(report, Math.min(COLUMNS, columns - 1));
    // A line that breaks would take two, and the next picture would begin a line too low.
    const below = [reportLine(report, this.#view), ...this.#lastWarning()];
    const lines = [...curves, ...below.map((line) => cutTo(line, Math.max(1, columns - 1)))];
    const up = this.#drawn > 0 ? `\x1b[${this.#drawn}A` : "";
    await this.#stderr.write(`${up}\r\x1b[J${lines.join("\n")}\n`);
    this.#drawn = lines.length;
  }

  /** The curves, one below the other; what only some steps have is in the line alone. */
  #curves({ step, steps = step }: Report, columns: number): string[] {
    const all = this.#view.curves.flatMap(({ line, beside }) => (beside ? [line, beside] : [line]));
    const drawn = all
      .map((figure) => ({ name: figure.name, points: pointsOf(this.#reports, figure) }))
      .filter(({ points }) => points.length === this.#reports.length);
    if (drawn.length === 1) return curveLines(drawn[0].points, steps, { columns, lines: LINES });
    return drawn.flatMap(({ name, points }) =>
      curveLines(points, steps, { columns, lines: FEWER, name }),
    );
  }
}
