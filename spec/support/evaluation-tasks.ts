/** The synthetic tasks of the goldens, and what answers their requests without a model. */
import { taskFromLmEval } from "../../src/evaluation/lm-eval/from-lm-eval.ts";
import type { Answered, Continued, Likelihood } from "../../src/evaluation/requests/request.ts";
import type { Answers, EvaluateOptions } from "../../src/evaluation/task/evaluate.ts";
import type { TaskDocument, TaskSpec } from "../../src/evaluation/task/spec.ts";
import { GEMMA_CHAT } from "../../src/tokenizer/chat-format.ts";
import {
  type GoldenGeneration,
  type GoldenRolling,
  goldenLines,
  goldenRequests,
  type Run,
} from "./evaluation.ts";
import { readFixture, readJson } from "./goldens.ts";

/** A line of the harness's sample files. */
export interface GoldenSample {
  readonly doc_id: number;
  readonly doc: TaskDocument;
  readonly target: string;
  readonly arguments: Readonly<
    Record<string, { readonly arg_0: string; readonly arg_1?: unknown }>
  >;
  readonly resps: unknown;
  readonly filtered_resps: readonly unknown[];
  readonly filter: string;
  readonly metrics: readonly string[];
  readonly doc_hash: string;
  readonly prompt_hash: string;
  readonly target_hash: string;
  readonly [metric: string]: unknown;
}

/** The harness's result file. */
export interface GoldenResults {
  readonly results: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly task_hashes: Readonly<Record<string, string>>;
  readonly "n-samples": Readonly<Record<string, { original: number; effective: number }>>;
}

/** Which tasks were run, and how. */
export function goldenRuns(): [Run, string][] {
  return (["base", "chat"] as const).flatMap((run) =>
    Object.keys(goldenResults(run).results).map((task): [Run, string] => [run, task]),
  );
}

const results = new Map<Run, GoldenResults>();

export function goldenResults(run: Run): GoldenResults {
  const text = new TextDecoder().decode(readFixture(`evaluation/results.${run}.json`));
  const known = results.get(run) ?? JSON.parse(text.replace(/: NaN(?=[,\n])/g, ': "NaN"'));
  results.set(run, known);
  return known;
}

/** A task of the goldens. */
export function goldenTask(name: string): TaskSpec {
  const all = readJson<Record<string, Record<string, unknown>>>("evaluation/tasks/tasks.json");
  return taskFromLmEval(all[name]);
}

/** Its documents, split by split. */
export function goldenDocuments({ name, splits }: TaskSpec): Record<string, TaskDocument[]> {
  const all = [splits.test, splits.shots ?? splits.test];
  return Object.fromEntries(
    all.map((split) => [split, goldenLines<TaskDocument>(`tasks/${name}.${split}.jsonl`)]),
  );
}

/** As the harness ran. */
export function goldenOptions(run: Run, task: string): EvaluateOptions {
  const { original, effective } = goldenResults(run)["n-samples"][task];
  return {
    ...(run === "chat" && { chat: GEMMA_CHAT }),
    ...(effective < original && { limit: effective }),
  };
}

/** Gives Google's answers, and fails where it is asked what the harness did not ask. */
export function goldenAnswers(run: Run, task: string): Answers {
  const pairs = new Map(
    goldenRequests(run, [task]).map((one) => {
      const { context, continuation, continuation_ids: tokens, is_greedy: isGreedy } = one;
      const logprobs = Array.from(one.logprobs);
      const { logprob, context_tokens: contextTokens } = one;
      const truncated = Math.max(0, contextTokens + tokens.length - 1 - one.fed);
      const rest = { contextTokens, truncated, joined: false };
      const answer: Likelihood = { tokens, logprobs, logprob, isGreedy, ...rest };
      return [JSON.stringify([context, continuation]), answer];
    }),
  );
  const generations = goldenLines<GoldenGeneration>("generations.jsonl").filter(
    (one) => one.run === run && one.task === task,
  );
  const found = <A>(index: number, answer: A | undefined, asked: unknown): Answered<A> => {
    if (answer === undefined) throw new Error(`not asked by the harness: ${JSON.stringify(asked)}`);
    return { index, answer };
  };
  return {
    async *loglikelihood(requests) {
      for (const [i, { context, continuation }] of requests.entries()) {
        const key = JSON.stringify([context, continuation]);
        yield found(i, pairs.get(key), key);
      }
    },
    async *generateUntil(requests) {
      for (const [i, request] of requests.entries()) {
        const golden = generations.find(
          ({ context, until, max_tokens }) =>
            context === request.context &&
            JSON.stringify(until) === JSON.stringify(request.until) &&
            max_tokens === request.maxTokens,
        );
        const answer: Continued | undefined = golden && {
          text: golden.text,
          tokens: golden.token_ids,
          logprobs: Array.from(golden.logprobs),
          ...{ stoppedBy: null, contextTokens: golden.context_tokens, truncated: 0 },
        };
        yield found(i, answer, request);
      }
    },
    async *rolling(texts) {
      const all = readJson<GoldenRolling[]>("evaluation/rolling.json");
      for (const [i, text] of texts.entries()) {
        const logprob = all.find((one) => one.text === text)?.once.logprob;
        const rest = { tokens: [], logprobs: [], isGreedy: false, windows: [] };
        const counts = { contextTokens: 1, truncated: 0, joined: false };
        yield found(i, logprob === undefined ? undefined : { logprob, ...rest, ...counts }, text);
      }
    },
  };
}
