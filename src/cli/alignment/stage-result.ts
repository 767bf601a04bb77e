/**
 * What has come of a stage: its figures from its log, and one answer before and after.
 * @module
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { Gemma } from "../../gemma.ts";
import { openPath } from "../../node/open-path.ts";
import type { RlhfReport } from "../../preference/rlhf/rlhf.ts";
import type { Io } from "../io.ts";
import type { ChainPlan } from "./align-options.ts";
import { RULE } from "./judges.ts";
import { readKept } from "./optimum.ts";
import { chatOf, messagesOf, questionOf, readPrompts } from "./prompts.ts";
import { endsOf, type Reached, warningsOf } from "./rlhf-text.ts";

/** A step as it was logged. */
export type Logged = Readonly<Record<string, unknown>> & { readonly step: number };

/** What has come of a stage; JSON. */
export interface StageResult {
  /** Seconds of the process that finished it. */
  readonly seconds: number;
  readonly steps: number;
  /** Figures of the first step and of the last, by name. */
  readonly first: Logged;
  readonly last: Logged;
  /** Of reinforcement: how far it got, and how far it could. */
  readonly reached?: Reached;
  /** Of reinforcement: what was wrong, in sentences. */
  readonly warnings?: readonly string[];
  /** A question, what was said before and after; undefined of a reward model, which says nothing. */
  readonly sample?: {
    readonly question: string;
    readonly before: string;
    readonly after: string;
  };
}

/** The steps of a stage. */
export async function logOf(out: string, stage: string): Promise<Logged[]> {
  const text = await readFile(join(out, stage, "log.jsonl"), "utf8");
  return text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Logged);
}

/** Reads what a stage has left in its folder, and asks the models before and after it. */
export async function stageResult(
  stage: "sft" | "reward" | "rlhf",
  plan: ChainPlan,
  out: string,
  seconds: number,
  io: Io,
): Promise<StageResult> {
  const log = await logOf(out, stage);
  const figures = { seconds, steps: log.length, first: log[0], last: log[log.length - 1] };
  if (stage === "reward") return figures;
  const before = stage === "sft" ? plan.model : join(out, "sft");
  const { data } = await readPrompts(plan.questions, io.signal);
  const question = messagesOf(data[0]);
  const said = (model: string) => answer(model, plan, question, io.signal);
  const sample = {
    question: questionOf(question),
    before: await said(before),
    after: await said(join(out, stage)),
  };
  if (stage === "sft") return { ...figures, sample };
  const reports = log as unknown as RlhfReport[];
  const optimum = (await readKept(join(out, stage)))?.optimum;
  const judge = plan.judge === undefined || plan.judge === RULE ? plan.judge : "judge";
  const reached = { ends: endsOf(reports), optimum, beta: plan.beta, judge };
  return { ...figures, sample, reached, warnings: warningsOf(reports) };
}

/** The most probable answer. */
async function answer(
  model: string,
  { precision, backend, maxTokens }: ChainPlan,
  question: ReturnType<typeof messagesOf>,
  signal: AbortSignal,
): Promise<string> {
  const gemma = await Gemma.load(await openPath(model, { signal }), { precision, backend, signal });
  try {
    const said = gemma.generate(gemma.encodeChat(chatOf(question)), { maxTokens, signal });
    const text = await said.text();
    signal.throwIfAborted();
    return said.finishReason === "length" ? `${text} …` : text;
  } finally {
    await gemma.dispose();
  }
}
