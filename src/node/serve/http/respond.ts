/** Answers on their way out: JSON at once, or server-sent events as they come. @module */
import type { ServerResponse } from "node:http";

/** How long a reader may read nothing at all before it counts as gone. */
export const STALLED_MS = 30_000;

/** Sends JSON. Its numbers are the shortest that name the same double. */
export function sendJson(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): void {
  const bytes = Buffer.from(JSON.stringify(body));
  response.writeHead(status, {
    "content-type": "application/json; charset=utf-8",
    "content-length": bytes.length,
    ...headers,
  });
  response.end(bytes);
}

/**
 * Server-sent events, as OpenAI streams: `data: {…}` for each, and `data: [DONE]` behind the last.
 * https://html.spec.whatwg.org/multipage/server-sent-events.html
 */
export class EventStream {
  readonly #response: ServerResponse;
  readonly #signal: AbortSignal;

  /** @param signal aborted when the reader has left. */
  constructor(response: ServerResponse, signal: AbortSignal) {
    this.#response = response;
    this.#signal = signal;
  }

  /** Sends one event, and waits for a reader that is slower than the model. @throws the signal's reason. */
  async send(event: unknown): Promise<void> {
    this.#signal.throwIfAborted();
    const response = this.#response;
    if (!response.headersSent) {
      response.writeHead(200, {
        "content-type": "text/event-stream; charset=utf-8",
        "cache-control": "no-cache",
        "x-accel-buffering": "no", // nginx would keep events until it has a page full
      });
    }
    const text = typeof event === "string" ? event : JSON.stringify(event);
    if (response.write(`data: ${text}\n\n`)) return;
    await drained(response);
    this.#signal.throwIfAborted();
  }

  /** Says that all is said. */
  async end(): Promise<void> {
    await this.send("[DONE]");
    this.#response.end();
  }
}

/** Resolves when the reader has read on, or is gone. */
function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const stalled = setTimeout(() => response.destroy(), STALLED_MS);
    const done = () => {
      clearTimeout(stalled);
      response.off("drain", done);
      response.off("close", done);
      resolve();
    };
    response.on("drain", done);
    response.on("close", done);
  });
}
