/**
 * The page's end of the worker: it fetches the model while the worker's code is on its way, and asks.
 * @module
 */
import { signal } from "@preact/signals";
import type { FromWorker, ModelInfo, PartOf, Question, Questions, ToWorker } from "./messages.ts";
import { MODEL_FILES } from "./model-files.ts";

/** How far the model is. */
export type ModelState =
  | { readonly kind: "loading"; readonly loaded: number; readonly total: number }
  | { readonly kind: "ready"; readonly info: ModelInfo }
  | { readonly kind: "broken"; readonly message: string };

export const model = signal<ModelState>({ kind: "loading", loaded: 0, total: 0 });
/** The model that the first screen is of: questions about what it shows go to no other. */
export const shownModel = signal<ModelState | undefined>(undefined);
/** Whether what is shown was recorded when the page was built. */
export const isRecorded = signal(true);

interface Waiting {
  readonly question: Question;
  hearPart(part: never): void;
  resolve(answer: never): void;
  reject(error: Error): void;
}
const waiting = new Map<number, Waiting>();
let worker: Worker | undefined;
let lastId = 0;

const post = (message: ToWorker, transfer: Transferable[] = []) =>
  worker?.postMessage(message, transfer);

/** Starts the worker, and fetches the model for it. */
export async function start(): Promise<void> {
  worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
  worker.onmessage = ({ data }: MessageEvent<FromWorker>) => hear(data);
  worker.onerror = ({ message }) => {
    model.value = { kind: "broken", message: message || "the worker could not be started" };
  };
  try {
    const files = await fetched();
    post(
      { kind: "load", files },
      Object.values(files).map(({ buffer }) => buffer),
    );
  } catch (error) {
    model.value = {
      kind: "broken",
      message: `the model did not arrive: ${(error as Error).message}`,
    };
  }
}

/**
 * Asks the worker. Of each question only the newest ask counts.
 * @param hearPart is called with the parts of the answer that come before the whole.
 * @throws {DOMException} "AbortError", if a newer one came.
 * @throws {Error} what the library says.
 */
export function ask<Q extends Question>(
  question: Q,
  what: Questions[Q]["ask"],
  hearPart: (part: PartOf<Q>) => void = () => {},
): Promise<Questions[Q]["answer"]> {
  stopAsking(question);
  const id = ++lastId;
  return new Promise((resolve, reject) => {
    waiting.set(id, { question, hearPart, resolve, reject });
    post({ kind: "ask", id, question, ask: what });
  });
}

/** Nobody waits for the answer to this question any more. */
export function stopAsking(question: Question): void {
  for (const [id, { question: asked, reject }] of waiting) {
    if (asked !== question) continue;
    post({ kind: "stop", id });
    waiting.delete(id);
    reject(new DOMException("nobody waits for it any more", "AbortError"));
  }
}

function hear(message: FromWorker): void {
  if (message.kind === "ready") model.value = { kind: "ready", info: message.model };
  else if (message.kind === "broken") model.value = message;
  else {
    const asked = waiting.get(message.id);
    if (message.kind === "part") {
      asked?.hearPart(message.part as never);
      return;
    }
    waiting.delete(message.id);
    if (message.kind === "answer") asked?.resolve(message.answer as never);
    else if (message.isStopped) asked?.reject(new DOMException("stopped", "AbortError"));
    else asked?.reject(new Error(message.message));
  }
}

/** The files of the model, and on the way how many bytes of them are there. */
async function fetched(): Promise<Record<string, Uint8Array<ArrayBuffer>>> {
  const sizes = new Map<string, { loaded: number; total: number }>();
  const tell = () => {
    const all = [...sizes.values()];
    const sum = (of: "loaded" | "total") => all.reduce((total, file) => total + file[of], 0);
    model.value = { kind: "loading", loaded: sum("loaded"), total: sum("total") };
  };
  const files = MODEL_FILES.map(async (name) => {
    const response = await fetch(new URL(`model/${name}`, document.baseURI));
    if (!response.ok || !response.body) throw new Error(`${name}: HTTP ${response.status}`);
    const total = Number(response.headers.get("content-length") ?? 0);
    const parts: Uint8Array[] = [];
    let loaded = 0;
    for await (const part of response.body) {
      parts.push(part);
      loaded += part.length;
      sizes.set(name, { loaded, total: Math.max(loaded, total) });
      tell();
    }
    const bytes = new Uint8Array(loaded);
    let at = 0;
    for (const part of parts) {
      bytes.set(part, at);
      at += part.length;
    }
    return [name, bytes] as const;
  });
  return Object.fromEntries(await Promise.all(files));
}
