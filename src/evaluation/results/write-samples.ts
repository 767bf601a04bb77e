/**
 * Writes `samples_TASK_DATE.jsonl`.
 * @module
 */
import { pythonStr } from "../../python/literal.ts";
import type { GenerateRequest } from "../requests/request.ts";
import type { Sample, TaskAnswer, TaskRequest, TaskResult } from "../task/result.ts";
import type { LmEvalSample } from "./lm-eval-files.ts";

/** The samples of a task as the harness has them, filter by filter. */
export function lmEvalSamples({ samples }: TaskResult): LmEvalSample[] {
  return samples.map((sample): LmEvalSample => {
    const { id, document, target, filter, metrics, hashes } = sample;
    const args = sample.requests.map((request, i) => [`gen_args_${i}`, argumentsOf(request)]);
    return {
      doc_id: id,
      doc: document,
      target: pythonStr(target),
      arguments: Object.fromEntries(args),
      resps: sample.responses.map((repeats) => repeats.map(responseOf)),
      filtered_resps: filteredOf(sample),
      filter,
      metrics: Object.keys(metrics),
      doc_hash: hashes.document,
      prompt_hash: hashes.prompt,
      target_hash: hashes.target,
      ...metrics,
    };
  });
}

/** The file: a line each, NaN as null. */
export function lmEvalSampleLines(result: TaskResult): string {
  return lmEvalSamples(result)
    .map((sample) => `${JSON.stringify(sample)}\n`)
    .join("");
}

function argumentsOf(request: TaskRequest): Readonly<Record<string, unknown>> {
  if ("text" in request) return { arg_0: request.text };
  if ("continuation" in request) return { arg_0: request.context, arg_1: request.continuation };
  return { arg_0: request.context, arg_1: settingsOf(request) };
}

/** `generation_kwargs` of a request. */
export function settingsOf({
  until,
  maxTokens,
  temperature = 0,
}: Omit<GenerateRequest, "context">): Readonly<Record<string, unknown>> {
  return { until, do_sample: temperature > 0, temperature, max_gen_toks: maxTokens };
}

/** An answer: a text; of a likelihood two texts, number and flag; of a rolling text one, the number. */
function responseOf(answer: TaskAnswer): unknown {
  if ("text" in answer) return answer.text;
  const logprob = pythonFloat(answer.logprob);
  return "windows" in answer ? logprob : [logprob, answer.isGreedy ? "True" : "False"];
}

function filteredOf({ filtered, responses }: Sample): unknown {
  return filtered.map((value, i) => {
    const [first] = responses[i];
    return "text" in first ? value : responseOf(first);
  });
}

/** `repr` of a float: `-85.0`, where a whole number in JavaScript is `-85`. */
function pythonFloat(value: number): string {
  return Number.isInteger(value) ? `${Object.is(value, -0) ? "-0" : value}.0` : pythonStr(value);
}
