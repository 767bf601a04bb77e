/**
 * Many contexts that are continued, in the order in which least is fed.
 * @module
 */
import type { Gemma } from "../../gemma.ts";
import type { GenerateOptions } from "../../generation/generate.ts";
import type { Answered, Continued, GenerateRequest } from "../requests/request.ts";
import { merge } from "./merge.ts";
import { commonPrefix, stretchesOf, type Turn } from "./order.ts";
import type { Running } from "./predict-all.ts";
import { ProgressCount } from "./progress.ts";

/** A context to continue, and what its answer will say besides. */
export interface Continuing {
  readonly ids: readonly number[];
  readonly request: GenerateRequest;
  readonly about: Pick<Continued, "contextTokens" | "truncated">;
}

/** The continuations of all `asked`, as they come. */
export async function* continueAll(
  gemma: Gemma,
  asked: readonly Continuing[],
  { contextLength, atOnce, signal, onProgress }: Running,
): AsyncGenerator<Answered<Omit<Continued, keyof Continuing["about"]>>, void> {
  if (asked.length === 0) return;
  const stretches = stretchesOf(
    asked.map(({ ids }) => ids),
    atOnce,
  );
  const alone = (index: number) => asked[index].ids.length + asked[index].request.maxTokens - 1;
  const expected = ({ index, shared }: Turn) => alone(index) - shared;
  const total = stretches.flat().reduce((sum, turn) => sum + expected(turn), 0);
  const count = new ProgressCount(asked.length, total, onProgress);
  yield* merge(
    stretches.map(async function* (stretch) {
      const cache = gemma.model.createCache({ contextLength });
      let held: readonly number[] = [];
      try {
        for (const turn of stretch) {
          const { index } = turn;
          const { ids, request } = asked[index];
          // The last token is fed in any case: its logits begin the answer.
          const begin = Math.min(commonPrefix(held, ids), ids.length - 1, cache.length);
          cache.rewind(begin);
          const answer = await continued(gemma, ids.slice(begin), request, { cache, signal });
          held = [...ids, ...answer.tokens];
          const fed = cache.length - begin;
          const own = ids.length + answer.tokens.length - 1;
          count.answered({ fed, expected: expected(turn), alone: own });
          yield { index, answer };
        }
      } finally {
        cache.dispose();
      }
    }),
  );
}

/** One answer, after what is in the cache. */
async function continued(
  gemma: Gemma,
  ids: readonly number[],
  { until, maxTokens, temperature = 0, seed = 0 }: GenerateRequest,
  own: Pick<GenerateOptions, "cache" | "signal">,
): Promise<Omit<Continued, keyof Continuing["about"]>> {
  const drawn = temperature > 0 ? { temperature, seed } : {};
  const generation = gemma.generate(ids, { ...own, ...drawn, stop: until, maxTokens });
  const tokens: number[] = [];
  const logprobs: number[] = [];
  let text = "";
  for await (const step of generation) {
    tokens.push(step.token);
    logprobs.push(step.logprob);
    text += step.text;
  }
  own.signal?.throwIfAborted(); // an aborted generation ends like any other
  const stoppedBy = generation.stopReason ?? null;
  return { text, tokens, logprobs, stoppedBy };
}
