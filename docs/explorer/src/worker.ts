/**
 * The worker owns the model. It answers one question at a time of each kind; a question that was stopped is not answered
 * any more.
 * @module
 */
import { filesFolder } from "../../../src/source/folder.ts";
import { attentionOf } from "./answers/attention.ts";
import { inspect } from "./answers/inspect/inspect.ts";
import { lensOf } from "./answers/lens.ts";
import { overviewOf } from "./answers/overview.ts";
import { openSubject, type Subject } from "./answers/subject.ts";
import type { FromWorker, Question, Questions, ToWorker } from "./messages.ts";
import { buffersIn } from "./transfer.ts";

type Answers = {
  readonly [Q in Question]: (
    s: Subject,
    ask: Questions[Q]["ask"],
  ) => Promise<Questions[Q]["answer"]>;
};

const ANSWERS: Answers = {
  overview: (subject, { prompt, pos }) => overviewOf(subject, prompt, pos),
  attention: attentionOf,
  lens: lensOf,
  inspect,
};

const page = self as unknown as {
  postMessage(message: FromWorker, transfer?: ArrayBuffer[]): void;
  onmessage: ((event: MessageEvent<ToWorker>) => void) | null;
};
const stopped = new Set<number>();
let subject: Promise<Subject> | undefined;

page.onmessage = ({ data }) => {
  if (data.kind === "load") load(data.files);
  else if (data.kind === "stop") stopped.add(data.id);
  else answer(data.id, data.question, data.ask);
};

async function load(files: Readonly<Record<string, Uint8Array>>): Promise<void> {
  subject = openSubject(filesFolder(files, "tiny-stories-it"), "tiny-stories-it");
  try {
    page.postMessage({ kind: "ready", model: (await subject).info });
  } catch (error) {
    page.postMessage({ kind: "broken", message: said(error) });
  }
}

async function answer(id: number, question: Question, ask: unknown): Promise<void> {
  try {
    if (!subject) throw new Error("the model has not been loaded");
    // What came meanwhile, such as a stop, is heard first.
    await new Promise((resolve) => setTimeout(resolve));
    if (stopped.has(id)) throw new DOMException("stopped", "AbortError");
    const given = await (ANSWERS[question] as (s: Subject, ask: unknown) => Promise<unknown>)(
      await subject,
      ask,
    );
    page.postMessage({ kind: "answer", id, answer: given }, buffersIn(given));
  } catch (error) {
    const isStopped = stopped.has(id) || (error as Error)?.name === "AbortError";
    page.postMessage({ kind: "refused", id, message: said(error), isStopped });
  }
  stopped.delete(id);
}

function said(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
