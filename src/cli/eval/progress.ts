/**
 * How far an evaluation is, on one line of a terminal: by tokens, as requests are of very different length.
 * @module
 */
import type { EvaluationProgress } from "../../evaluation/prefix/progress.ts";
import { formatCount } from "../../table.ts";
import type { Output } from "../io.ts";
import { duration } from "../terminal/duration.ts";
import { ProgressBar } from "../terminal/progress-bar.ts";

export class EvaluationBar {
  readonly #bar: ProgressBar;
  #task = "";

  constructor(stderr: Output) {
    this.#bar = new ProgressBar(stderr);
  }

  /** The task whose requests come next. */
  begin(task: string): void {
    this.#task = task;
  }

  show({ fed, left, saved, secondsLeft }: EvaluationProgress): void {
    const whole = fed + left;
    const time = secondsLeft === undefined ? "" : `, ${duration(secondsLeft)} left`;
    const text = `${formatCount(whole)} tokens (${formatCount(saved)} saved)${time}`;
    this.#bar.showShare(this.#task, whole > 0 ? fed / whole : 1, text);
  }

  clear(): void {
    this.#bar.clear();
  }
}
