/**
 * Many sequences whose ends are predicted, in the order in which least is fed.
 * @module
 */
import type { Handles } from "../../backend/backend.ts";
import type { Model } from "../../model/model.ts";
import type { Answered, Likelihood } from "../requests/request.ts";
import { merge } from "./merge.ts";
import { stretchesOf, type Turn } from "./order.ts";
import { type Planned, planOf, type Sequence } from "./plan.ts";
import { PrefixRun } from "./prefix-run.ts";
import { type EvaluationProgress, ProgressCount } from "./progress.ts";

/** What is known of an answer before it is computed. */
export type About = Pick<Likelihood, "contextTokens" | "truncated" | "joined">;

/** A sequence to predict, and what its answer will say besides. */
export interface Predicting extends Sequence {
  readonly about: About;
}

/** How requests are run. */
export interface Running {
  readonly contextLength: number;
  /** Stretches of the order that go side by side. */
  readonly atOnce: number;
  /** Of predictions: also log p among the topK most probable. */
  readonly topK?: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: EvaluationProgress) => void;
}

/** The predictions of all `asked`, as they come. */
export async function* predictAll<Dev extends Handles>(
  model: Model<Dev>,
  asked: readonly Predicting[],
  { contextLength, atOnce, topK, signal, onProgress }: Running,
): AsyncGenerator<Answered<Omit<Likelihood, keyof About>>, void> {
  if (asked.length === 0) return;
  const stretches = stretchesOf(
    asked.map(({ ids }) => ids),
    atOnce,
  );
  const alone = (index: number) => asked[index].ids.length - 1;
  const expected = ({ index, shared }: Turn) => Math.max(0, alone(index) - shared);
  const total = stretches.flat().reduce((sum, turn) => sum + expected(turn), 0);
  const count = new ProgressCount(asked.length, total, onProgress);
  yield* merge(
    stretches.map(async function* (stretch) {
      const run = new PrefixRun(model, contextLength, topK);
      try {
        const plans: readonly Planned[] = planOf(stretch.map(({ index }) => asked[index]));
        for (const [i, plan] of plans.entries()) {
          const { index } = stretch[i];
          const { fed, ...prediction } = await run.predict(plan, signal);
          const tokens = plan.ids.slice(plan.from);
          const logprob = prediction.logprobs.reduce((a, b) => a + b, 0);
          count.answered({ fed, expected: expected(stretch[i]), alone: alone(index) });
          yield { index, answer: { tokens, logprob, ...prediction } };
        }
      } finally {
        run.dispose();
      }
    }),
  );
}
