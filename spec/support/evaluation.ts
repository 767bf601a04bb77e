/** What lm-evaluation-harness asked of Google's code, and got (fixtures/evaluation/README.md). */
import { Gemma } from "../../src/gemma.ts";
import { fixtureFolder } from "./files.ts";
import { readFixture } from "./goldens.ts";

/** Which model a golden belongs to. */
export type Run = "base" | "chat";

/** One log-likelihood request, and its answer in float64. */
export interface GoldenRequest {
  readonly run: Run;
  readonly task: string;
  readonly doc_id: number;
  readonly idx: number;
  readonly context: string;
  readonly continuation: string;
  readonly context_tokens: number;
  readonly fed: number;
  readonly continuation_ids: readonly number[];
  readonly logprobs: readonly number[];
  readonly logprob: number;
  readonly is_greedy: boolean;
}

/** One greedy text. */
export interface GoldenGeneration {
  readonly run: Run;
  readonly task: string;
  readonly context: string;
  readonly until: readonly string[];
  readonly max_tokens: number;
  readonly context_tokens: number;
  readonly token_ids: readonly number[];
  readonly logprobs: readonly number[];
  readonly text: string;
}

/** A rolling text in four variants. */
export interface GoldenRolling {
  readonly text: string;
  readonly once: GoldenWindows;
  readonly api_bos: GoldenWindows;
}

interface GoldenWindows {
  readonly windows: readonly (readonly [number, number])[];
  readonly logprob: number;
}

/** Lines of JSON, in which Python's bare NaN stands for a number that is none. */
export function goldenLines<T>(path: string): T[] {
  const text = new TextDecoder().decode(readFixture(`evaluation/${path}`));
  const lines = text.trim().split("\n");
  return lines.map((line) => JSON.parse(line.replace(/(?<=[[ ])NaN(?=[,\]])/g, "null")) as T);
}

/** The requests of a run, in the order in which they were asked, with their contexts. */
export function goldenRequests(run: Run, tasks?: readonly string[]): GoldenRequest[] {
  interface Sample {
    readonly doc_id: number;
    readonly arguments: Record<string, { readonly arg_0: string; readonly arg_1: string }>;
  }
  const all = goldenLines<GoldenRequest>("requests.jsonl");
  const mine = all.filter((one) => one.run === run && (tasks?.includes(one.task) ?? true));
  const samples = new Map(
    [...new Set(mine.map(({ task }) => task))].map((task) => {
      const lines = goldenLines<Sample>(`samples/${run}.${task}.jsonl`);
      return [task, new Map(lines.map((sample) => [sample.doc_id, sample.arguments]))];
    }),
  );
  return mine.map((request) => {
    const given = samples.get(request.task)?.get(request.doc_id)?.[`gen_args_${request.idx}`];
    if (given?.arg_1 !== request.continuation) throw new Error("samples and requests disagree");
    return { ...request, context: given.arg_0 };
  });
}

/** The model of a run, in float64. The reader disposes it. */
export function loadRun(run: Run): Promise<Gemma> {
  const folder = fixtureFolder(run === "base" ? "tiny-stories" : "tiny-stories-it");
  return Gemma.load(folder, { backend: "cpu", precision: "float64" });
}
