/**
 * Many sequences whose ends are predicted, in the order in which least is fed.
 * @module
 */
import type { Handles } from "../../backend/backend.ts";
import type { Model } from "../../model/model.ts";
import type { Answered, Likelihood } from "../requests/request.ts";
import { merge } from "./merge.ts";
import { commonPrefix, cuts, prefixOrder } from "./order.ts";
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
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: EvaluationProgress) => void;
}

/** The predictions of all `asked`, as they come. */
export async function* predictAll<Dev extends Handles>(
  model: Model<Dev>,
  asked: readonly Predicting[],
  { contextLength, atOnce, signal, onProgress }: Running,
): AsyncGenerator<Answered<Omit<Likelihood, keyof About>>, void> {
  if (asked.length === 0) return;
  const order = prefixOrder(asked.map(({ ids }) => ids));
  const shared = order.map((index, i) => {
    return i === 0 ? 0 : commonPrefix(asked[order[i - 1]].ids, asked[index].ids);
  });
  const alone = (index: number) => asked[index].ids.length - 1;
  const expected = (i: number) => Math.max(0, alone(order[i]) - shared[i]);
  const total = order.reduce((sum, _, i) => sum + expected(i), 0);
  const count = new ProgressCount(asked.length, total, onProgress);
  const begins = cuts(shared, Math.min(atOnce, asked.length));
  const stretches = begins.map((begin, k) => order.slice(begin, begins[k + 1]));
  yield* merge(
    stretches.map(async function* (stretch, k) {
      const run = new PrefixRun(model, contextLength);
      try {
        const plans: readonly Planned[] = planOf(stretch.map((index) => asked[index]));
        for (const [i, plan] of plans.entries()) {
          const index = stretch[i];
          const { logprobs, isGreedy, fed } = await run.predict(plan, signal);
          const tokens = plan.ids.slice(plan.from);
          const logprob = logprobs.reduce((a, b) => a + b, 0);
          const place = begins[k] + i;
          count.answered({ fed, expected: expected(place), alone: alone(index) });
          yield { index, answer: { tokens, logprobs, logprob, isGreedy } };
        }
      } finally {
        run.dispose();
      }
    }),
  );
}
