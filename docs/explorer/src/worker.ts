/**
 * The worker owns the model. Of each kind of question it answers the newest: those before it are stopped by the page.
 * @module
 */
import { filesFolder } from "../../../src/source/folder.ts";
import type { Call } from "./answers/call.ts";
import { inspect } from "./answers/inspect/inspect.ts";
import { overviewOf } from "./answers/overview.ts";
import { openSubject, type Subject } from "./answers/subject.ts";
import type { FromWorker, PartOf, Question, Questions, ToWorker } from "./messages.ts";
import { attentionOf } from "./panels/attention/answer.ts";
import { attributionOf } from "./panels/attribution/answer.ts";
import { wordOf } from "./panels/attribution/word.ts";
import { breakOf } from "./panels/break/answer.ts";
import { cacheOf } from "./panels/cache/answer.ts";
import { gegluOf } from "./panels/geglu/answer.ts";
import { lensOf } from "./panels/lens/answer.ts";
import { modelOf } from "./panels/model/answer.ts";
import { offOf } from "./panels/off/answer.ts";
import { offEachOf } from "./panels/off/each.ts";
import { precisionOf } from "./panels/precision/answer.ts";
import { rmsNormOf } from "./panels/rmsnorm/answer.ts";
import { ropeOf } from "./panels/rope/answer.ts";
import { samplingOf } from "./panels/sampling/answer.ts";
import { tokenizerOf } from "./panels/tokenizer/answer.ts";
import { writeOf } from "./panels/write/answer.ts";
import { buffersIn } from "./transfer.ts";

type Answers = {
  readonly [Q in Question]: (
    subject: Subject,
    ask: Questions[Q]["ask"],
    call: Call<PartOf<Q>>,
  ) => Promise<Questions[Q]["answer"]>;
};

const ANSWERS: Answers = {
  overview: (subject, { prompt, pos }) => overviewOf(subject, prompt, pos),
  inspect,
  tokenizer: tokenizerOf,
  rmsnorm: rmsNormOf,
  rope: ropeOf,
  attention: attentionOf,
  geglu: gegluOf,
  lens: lensOf,
  attribution: attributionOf,
  word: wordOf,
  off: offOf,
  offEach: offEachOf,
  break: breakOf,
  sampling: samplingOf,
  cache: cacheOf,
  precision: precisionOf,
  write: writeOf,
  learning: learningOf,
  model: switchModel,
};

const page = self as unknown as {
  postMessage(message: FromWorker, transfer?: ArrayBuffer[]): void;
  onmessage: ((event: MessageEvent<ToWorker>) => void) | null;
};
const open = new Map<number, AbortController>();
/** The model that is looked into, and that which came with the page. */
let subject: Promise<Subject> | undefined;
let bundled: Promise<Subject> | undefined;

page.onmessage = ({ data }) => {
  if (data.kind === "load") load(data.files);
  else if (data.kind === "stop") open.get(data.id)?.abort();
  else answer(data.id, data.question, data.ask);
};

async function load(files: Readonly<Record<string, Uint8Array>>): Promise<void> {
  bundled = openSubject(filesFolder(files, "tiny-stories-it"), "tiny-stories-it");
  subject = bundled;
  try {
    page.postMessage({ kind: "ready", model: (await subject).info });
  } catch (error) {
    page.postMessage({ kind: "broken", message: said(error) });
  }
}

/** The last model stays until the new one is there; one that was opened is then let go. */
async function switchModel(
  last: Subject,
  asked: Questions["model"]["ask"],
  call: Call<PartOf<"model">>,
): Promise<Questions["model"]["answer"]> {
  const own = await (bundled as Promise<Subject>);
  const opened = await modelOf(own, asked, call);
  if (opened.subject && opened.subject !== last) {
    if (call.signal.aborted) {
      if (opened.subject !== own) await opened.subject.gemma.dispose();
      call.signal.throwIfAborted();
    }
    subject = Promise.resolve(opened.subject);
    if (last !== own) await last.gemma.dispose();
  }
  return opened.answer;
}

/** The model that came with the page learns, whatever the others look into. The code comes when it is asked for. */
async function learningOf(
  _: Subject,
  ask: Questions["learning"]["ask"],
  call: Call<PartOf<"learning">>,
): Promise<Questions["learning"]["answer"]> {
  const { learnOf } = await import("./panels/learning/learn.ts");
  return learnOf(await (bundled as Promise<Subject>), ask, call);
}

async function answer(id: number, question: Question, ask: unknown): Promise<void> {
  const stop = new AbortController();
  open.set(id, stop);
  const call: Call<unknown> = {
    signal: stop.signal,
    tell(part) {
      if (!stop.signal.aborted) page.postMessage({ kind: "part", id, part }, buffersIn(part));
    },
  };
  try {
    if (!subject) throw new Error("the model has not been loaded");
    // What came meanwhile, such as a stop, is heard first.
    await new Promise((resolve) => setTimeout(resolve));
    stop.signal.throwIfAborted();
    const answerTo = ANSWERS[question] as (s: Subject, a: unknown, c: Call<unknown>) => unknown;
    const given = await answerTo(await subject, ask, call);
    page.postMessage({ kind: "answer", id, answer: given }, buffersIn(given));
  } catch (error) {
    const isStopped = stop.signal.aborted || (error as Error)?.name === "AbortError";
    page.postMessage({ kind: "refused", id, message: said(error), isStopped });
  }
  open.delete(id);
}

function said(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
