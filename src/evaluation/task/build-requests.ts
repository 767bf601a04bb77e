/**
 * From documents to requests, as the harness builds them (`build_all_requests`, `construct_requests`).
 * @module
 */
import { brief } from "../../brief.ts";
import { refusals } from "../../errors.ts";
import { pythonStr } from "../../python/literal.ts";
import { template } from "../template/template.ts";
import { type DrawShots, drawShots } from "./few-shot.ts";
import { type Fields, type ReadFields, readFields } from "./fields.ts";
import {
  type ChatStyle,
  chatPromptOf,
  delimited,
  endsWithSpace,
  type PromptPart,
  plainPrompt,
  questionParts,
} from "./prompt.ts";
import type { TaskRequest } from "./result.ts";
import type { TaskDocument, TaskSpec } from "./spec.ts";

/** A document with all that is asked about it, and all that it takes to score the answers. */
export interface AskedDocument {
  readonly id: number;
  readonly document: TaskDocument;
  readonly requests: readonly TaskRequest[];
  readonly target: unknown;
  readonly choices: readonly string[] | undefined;
  /** What is right: an index or a text, or a list of either. */
  readonly gold: unknown;
}

/** How prompts are written. */
export interface Style {
  /** Undefined: as plain text. */
  readonly chat: ChatStyle | undefined;
  readonly system: string | undefined;
}

const DELIMITER = " ";
const SEPARATOR = "\n\n";
const MAX_TOKENS = 256;

/** What is prepared once a task. */
interface Builder {
  readonly task: TaskSpec;
  readonly style: Style;
  readonly own: ReadFields;
  readonly ofShots: ReadFields;
  readonly describe: (document: TaskDocument) => string;
  readonly draw: DrawShots;
}

/**
 * The requests about `documents`. Shots are drawn for every document, also for those that are not asked, so that the prompt of
 * a document does not depend on which others are. (The harness draws for those that it asks.)
 * @param pool documents that shots are drawn from.
 * @param isAsked whether a document is asked, by its place.
 * @throws {ArgumentError} naming a field that the documents do not have, or that is not what it has to be.
 */
export function buildRequests(
  task: TaskSpec,
  documents: readonly TaskDocument[],
  pool: readonly TaskDocument[],
  style: Style,
  isAsked: (id: number) => boolean,
): AskedDocument[] {
  const { name, shots } = task;
  const features = Object.keys(documents[0] ?? {});
  const fieldsOfShots: Fields = {
    text: shots?.text ?? task.text,
    choices: shots?.choices ?? task.choices,
    target: shots?.target ?? task.target,
    prefix: shots?.prefix ?? task.prefix,
  };
  const builder: Builder = {
    task,
    style,
    own: readFields(name, task, features),
    ofShots: readFields(name, fieldsOfShots, features),
    describe: description(task),
    draw: drawShots(name, shots ?? { count: 0 }, pool),
  };
  const asked: AskedDocument[] = [];
  for (const [id, document] of documents.entries()) {
    const drawn = builder.draw(document);
    if (isAsked(id)) asked.push(asking(builder, id, document, drawn));
  }
  return asked;
}

function description({ description: own = "" }: TaskSpec): (document: TaskDocument) => string {
  const fill = template(own);
  return (document) => (Object.hasOwn(document, own) ? pythonStr(document[own]) : fill(document));
}

function asking(
  builder: Builder,
  id: number,
  document: TaskDocument,
  drawn: readonly TaskDocument[],
): AskedDocument {
  const { task, own, style } = builder;
  const text = own.text(document);
  const choices = own.choices(document);
  const target = own.target(document);
  const before = [
    ...beginning(builder, document),
    ...drawn.flatMap((shot) => shotParts(builder, shot)),
  ];
  const isPartial = task.kind === "partial" || (task.kind === "choice" && typeof text === "number");
  if (isPartial !== (typeof text === "number")) {
    const expected = isPartial ? "the index of the right context" : "a text";
    throw refusals("evaluate", task.name).argument("text", expected, brief(text));
  }
  const prefix = own.prefix(document);
  const prompt = (question: string) => {
    const { delimiter = DELIMITER } = task;
    // Of a context that is a choice itself, the ending brings the delimiter.
    const parts = questionParts({
      question,
      prefix,
      delimiter: isPartial ? "" : delimiter,
      separator: "",
    });
    const all = [...before, ...parts];
    return style.chat ? chatPromptOf(all, style.chat) : plainPrompt(all);
  };
  const requests = requestsOf(builder, { prompt, text, choices, target, prefix, isPartial });
  return { id, document, requests, target, choices, gold: isPartial ? text : target };
}

function requestsOf(
  { task, style }: Builder,
  asked: {
    readonly prompt: (question: string) => string;
    readonly text: string | number;
    readonly choices: readonly string[] | undefined;
    readonly target: unknown;
    readonly prefix: string | undefined;
    readonly isPartial: boolean;
  },
): TaskRequest[] {
  const { prompt, text, choices = [], target, prefix, isPartial } = asked;
  switch (task.kind) {
    case "rolling":
      return [{ text: pythonStr(target) }];
    case "continuation":
      return [{ context: prompt(text as string), continuation: pythonStr(target) }];
    case "generate": {
      const { generation = {}, separator = SEPARATOR } = task;
      const { until = [separator], maxTokens = MAX_TOKENS, temperature = 0 } = generation;
      return [
        { context: prompt(text as string), until, maxTokens, ...(temperature && { temperature }) },
      ];
    }
    default: {
      // A turn of the model begins with its answer; a prefix without a space at its end does not.
      const keeps = !style.chat || (prefix !== undefined && !endsWithSpace(prefix));
      const delimiter = keeps ? (task.delimiter ?? DELIMITER) : "";
      const pairs = isPartial
        ? choices.map((one) => ({
            context: prompt(one),
            continuation: delimiter + pythonStr(target),
          }))
        : withContext(prompt(text as string), choices, delimiter);
      const isMutual = task.metrics.some(({ metric }) => metric === "acc_mutual_info");
      return isMutual ? [...pairs, ...withContext("", choices, delimiter)] : pairs;
    }
  }
}

function withContext(context: string, choices: readonly string[], delimiter: string) {
  return choices.map((choice) => ({ context, continuation: delimiter + choice }));
}

function beginning({ task, style, describe }: Builder, document: TaskDocument): PromptPart[] {
  const { separator = SEPARATOR } = task;
  const content = delimited(style.system ?? "", describe(document), separator);
  return content === "" ? [] : [{ role: "system", content, delimiter: "" }];
}

function shotParts({ task, ofShots }: Builder, shot: TaskDocument): PromptPart[] {
  const { delimiter = DELIMITER, separator = SEPARATOR, shots, name } = task;
  const text = ofShots.text(shot);
  const choices = ofShots.choices(shot);
  const target = ofShots.target(shot);
  const question = typeof text === "number" ? choices?.[text] : text;
  const index = typeof target === "boolean" ? Number(target) : target;
  const isChosen = typeof text === "string" && typeof index === "number";
  const answer = isChosen ? choices?.[index] : Array.isArray(target) ? target[0] : target;
  if (typeof question !== "string" || typeof answer !== "string") {
    const got = typeof question === "string" ? target : text;
    throw refusals("evaluate", name).argument("shots", "a question and an answer", brief(got));
  }
  return questionParts({
    question,
    answer,
    prefix: ofShots.prefix(shot),
    delimiter: shots?.delimiter ?? delimiter,
    separator: shots?.separator ?? separator,
  });
}
