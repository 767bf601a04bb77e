/** The worker owns the model. Whatever takes time happens here; the page hears of it in messages. */
import { type Chat, Gemma } from "gemma-reference";
import type { Report, Request } from "./messages.ts";

const ANSWERS = { maxTokens: 1000 };

let gemma: Gemma;
let chat: Chat;
/** Aborts the answers that are asked for by now; those asked for later have the next one. */
let stop = new AbortController();
/** One thing after another: a chat answers one question at a time. */
let turn = Promise.resolve();

const report = (message: Report) => postMessage(message);
const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error));

// Messages arrive while an answer is computed, because the library lets the event loop turn.
addEventListener("message", ({ data: request }: MessageEvent<Request>) => {
  const { signal } = stop;
  switch (request.type) {
    case "load":
      turn = load(request).catch((error) => report({ type: "error", message: messageOf(error) }));
      break;
    case "ask":
      turn = turn.then(() => answer(request.id, request.question, signal));
      break;
    case "stop":
      stopAll();
      break;
    case "new chat":
      stopAll();
      turn = turn.then(() => {
        chat.dispose();
        chat = gemma.chat(ANSWERS);
      });
      break;
  }
});

async function load({ model, backend }: Extract<Request, { type: "load" }>): Promise<void> {
  gemma = await Gemma.load(new URL(model), {
    backend,
    onProgress: ({ loaded, total }) => report({ type: "progress", loaded, total }),
  });
  chat = gemma.chat(ANSWERS);
  const { name, why } = gemma.backend.info;
  report({ type: "ready", backend: name, why });
}

async function answer(id: number, question: string, signal: AbortSignal): Promise<void> {
  try {
    const tokens = chat.send(question, { signal });
    for await (const { text } of tokens) report({ type: "token", id, text });
    report({ type: "end", id, reason: tokens.finishReason });
  } catch (error) {
    report({ type: "error", id, message: messageOf(error) });
  }
}

function stopAll(): void {
  stop.abort();
  stop = new AbortController();
}
