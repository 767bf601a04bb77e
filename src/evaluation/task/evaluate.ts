/**
 * A task, run: documents → requests → answers → samples → figures.
 * @module
 */
import { brief } from "../../brief.ts";
import { assertInteger } from "../../check.ts";
import { refusals } from "../../errors.ts";
import { assertOptions, type OptionNames } from "../../options.ts";
import type { ChatFormat } from "../../tokenizer/chat-format.ts";
import type { Evaluator } from "../requests/evaluator.ts";
import type { Answered, GenerateRequest, LoglikelihoodRequest } from "../requests/request.ts";
import { type AskedDocument, buildRequests, type Style } from "./build-requests.ts";
import { assertTask } from "./check-spec.ts";
import { taskHash } from "./hashes.ts";
import type { RollingRequest, TaskAnswer, TaskResult } from "./result.ts";
import { figures, samplesOf } from "./samples.ts";
import type { TaskDocument, TaskSpec } from "./spec.ts";

/** What answers the requests: an {@link Evaluator}, or whatever has its three methods. */
export type Answers = Pick<Evaluator, "loglikelihood" | "rolling" | "generateUntil"> &
  Partial<Pick<Evaluator, "gemma">>;

/** Documents: those under test, or all splits by their names. */
export type TaskDocuments =
  | readonly TaskDocument[]
  | Readonly<Record<string, readonly TaskDocument[]>>;

/** Options of {@link evaluate}. */
export interface EvaluateOptions {
  /** How many documents are asked, from the first. Default: all. */
  readonly limit?: number;
  /** Which documents are asked, by their places in the split. Default: all. */
  readonly ids?: readonly number[];
  /** How many shots, instead of as many as the task has. */
  readonly shots?: number;
  /**
   * Whether prompts are turns of a chat: true for the format of the model's checkpoint, or a format. Default false. Choices
   * then begin without a space.
   */
  readonly chat?: boolean | ChatFormat;
  /** Whether each shot is a turn of its own in a chat. Default true, as in the harness. */
  readonly shotsAsTurns?: boolean;
  /** Stands before everything. */
  readonly system?: string;
  /**
   * Lists that are drawn for errors without a formula (perplexity, F1, ...); 0 for none. Default 1000; the harness's is 100000, which
   * takes a hundred times as long and moves them by a few percent.
   */
  readonly bootstrap?: number;
}

const NAMES: OptionNames<EvaluateOptions> = {
  ...{ limit: true, ids: true, shots: true, chat: true, shotsAsTurns: "boolean", system: true },
  bootstrap: true,
};

const OP = "evaluate";

/**
 * Runs a task on documents. Prompts, scores, standard errors and hashes are those of lm-evaluation-harness on the same documents.
 *
 *     const evaluator = new Evaluator(await Gemma.load(folder));
 *     const { metrics } = await evaluate(evaluator, PIQA, documents, { limit: 100 });
 *
 * The evaluator keeps the answers, tells the progress and stops on its signal.
 * @throws {ArgumentError} for a task, document or option that is not as it has to be.
 */
export async function evaluate(
  evaluator: Answers,
  task: TaskSpec,
  documents: TaskDocuments,
  options: EvaluateOptions = {},
): Promise<TaskResult> {
  assertOptions(OP, options, NAMES);
  const { limit, ids, shots: count, bootstrap = 1000, system, shotsAsTurns = true } = options;
  if (limit !== undefined) assertInteger(OP, "limit", limit, { from: 1 });
  if (count !== undefined) assertInteger(OP, "shots", count, { from: 0 });
  assertInteger(OP, "bootstrap", bootstrap, { from: 0 });
  const asked = count === undefined ? task : withShots(task, count);
  assertTask(OP, asked);
  const { test, pool } = splitsOf(asked, documents);
  for (const id of ids ?? []) assertInteger(OP, "ids", id, { from: 0, to: test.length - 1 });
  const format = chatFormatOf(evaluator, options.chat);
  const style: Style = { chat: format && { format, shotsAsTurns }, system };
  const isAsked = (id: number) => id < (limit ?? test.length) && (ids?.includes(id) ?? true);
  const all = buildRequests(asked, test, pool, style, isAsked);
  if (all.length === 0) {
    throw refusals(OP, task.name).argument("ids", "at least one document", "none below the limit");
  }
  const responses = await responsesTo(evaluator, asked, all);
  const samples = await samplesOf(asked, all, responses);
  const flat = responses.flat(2);
  return {
    task: asked,
    metrics: figures(asked, samples, bootstrap),
    samples,
    documents: { original: test.length, effective: all.length },
    prompt: { shots: asked.shots?.count ?? 0, chat: format?.name, shotsAsTurns, system },
    bootstrap,
    hash: taskHash(samples),
    marked: {
      truncated: flat.filter(({ truncated }) => truncated > 0).length,
      joined: flat.filter((answer) => "joined" in answer && answer.joined).length,
    },
  };
}

function withShots(task: TaskSpec, count: number): TaskSpec {
  if (count > 0 && task.shots === undefined && task.splits.shots === undefined) {
    const hint = "give the task a split that shots are drawn from (splits.shots)";
    throw refusals(OP, task.name).argument("shots", "0: the task has none", count, hint);
  }
  return { ...task, shots: { ...task.shots, count } };
}

function chatFormatOf(evaluator: Answers, chat: EvaluateOptions["chat"]): ChatFormat | undefined {
  if (chat === undefined || chat === false) return undefined;
  if (chat !== true) return chat;
  if (evaluator.gemma) return evaluator.gemma.chatFormat;
  throw refusals(OP).argument("chat", "a ChatFormat, without a model that has one", "true");
}

/** The documents under test and those that shots are drawn from, prepared. */
function splitsOf(task: TaskSpec, documents: TaskDocuments) {
  const { splits, shots, prepare } = task;
  const refuse = refusals(OP, task.name);
  const prepared = (split: string): readonly TaskDocument[] => {
    const own = Array.isArray(documents)
      ? split === splits.test
        ? documents
        : undefined
      : documents[split as never];
    const list = own as readonly TaskDocument[] | undefined;
    if (!Array.isArray(list)) {
      const has = Array.isArray(documents) ? "a list" : brief(Object.keys(Object(documents)));
      const hint = `give all splits by their names: { ${splits.test}: [...], ${split}: [...] }`;
      throw refuse.argument("documents", `the split ${split}`, has, hint);
    }
    if (!prepare) return list;
    return list.map((document) => prepare(document)).filter((document) => document !== undefined);
  };
  const test = prepared(splits.test);
  if (test.length === 0) throw refuse.argument("documents", "at least one", "none");
  const needsPool = shots !== undefined && shots.count > 0;
  if (!needsPool) return { test, pool: [] };
  return { test, pool: shots.fixed ?? prepared(splits.shots ?? splits.test) };
}

/** By document and request, one answer a repeat. */
async function responsesTo(
  evaluator: Answers,
  task: TaskSpec,
  all: readonly AskedDocument[],
): Promise<TaskAnswer[][][]> {
  const requests = all.flatMap((asked) => asked.requests);
  const repeats = task.kind === "generate" ? (task.generation?.repeats ?? 1) : 1;
  const answers: TaskAnswer[] = [];
  const collect = async (answered: AsyncIterable<Answered<TaskAnswer>>) => {
    for await (const { index, answer } of answered) answers[index] = answer;
  };
  if (task.kind === "rolling") {
    await collect(evaluator.rolling((requests as RollingRequest[]).map(({ text }) => text)));
  } else if (task.kind === "generate") {
    const seeds = Array.from({ length: repeats }, (_, seed) => seed);
    const repeated = (requests as GenerateRequest[]).flatMap((request) =>
      seeds.map((seed) => (request.temperature ? { ...request, seed } : request)),
    );
    await collect(evaluator.generateUntil(repeated));
  } else await collect(evaluator.loglikelihood(requests as LoglikelihoodRequest[]));
  let at = 0;
  return all.map(({ requests: own }) =>
    own.map(() => {
      at += repeats;
      return answers.slice(at - repeats, at);
    }),
  );
}
