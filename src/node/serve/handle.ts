/** One request, from its headers to its answer. @module */
import type { IncomingMessage, ServerResponse } from "node:http";
import { eitherSignal } from "../../signals.ts";
import { ApiError, apiError } from "./http/api-error.ts";
import { Bodies } from "./http/body.ts";
import {
  assertHost,
  assertKey,
  corsHeaders,
  type GuardOptions,
  preflightHeaders,
} from "./http/guard.ts";
import { EventStream, STALLED_MS, sendJson } from "./http/respond.ts";
import type { Served } from "./routes/route.ts";
import { routeOf } from "./routes/routes.ts";

/** What requests are handled with. */
export interface HandleOptions extends GuardOptions {
  /** Most requests that are answered or wait. */
  readonly queue: number;
  readonly maxBodyBytes: number;
  /** Milliseconds in which a body has to come. */
  readonly requestTimeout: number;
  /** Hears of errors that are no client's fault. */
  readonly onError: (error: unknown) => void;
}

/** Why a request is given up. */
const HUNG_UP = new Error("the client has hung up");
/** How long, and how much, of a body that was refused is read and thrown away, so that its sender reads the refusal. */
const DRAIN = { ms: 2000, bytes: 64 * 2 ** 20 };

/** Handles the requests of one server. */
export class Handler {
  readonly #served: Omit<Served, "requests">;
  readonly #options: HandleOptions;
  readonly #bodies: Bodies;
  /** Ends all at once. */
  readonly #stop = new AbortController();
  /** Requests that compute, or wait until they may. */
  #count = 0;
  /** Set when the server stops: what has come in is answered, and nothing else. */
  isStopping = false;

  constructor(served: Omit<Served, "requests">, options: HandleOptions) {
    this.#served = served;
    this.#options = options;
    this.#bodies = new Bodies(options.maxBodyBytes, options.requestTimeout);
  }

  /** Gives up all requests. */
  stop(): void {
    this.#stop.abort(HUNG_UP);
  }

  /** Answers. Never rejects: what goes wrong is told to the client, and to `onError` if it is not the client's fault. */
  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const hungUp = new AbortController();
    response.on("close", () => {
      if (!response.writableFinished) hungUp.abort(HUNG_UP);
    });
    response.on("error", () => {}); // the reader is gone, as "close" says
    const { signal, release } = eitherSignal(hungUp.signal, this.#stop.signal);
    try {
      await this.#answer(request, response, signal);
    } catch (error) {
      const hasLeft = signal.aborted || (request.destroyed && !request.complete);
      if (hasLeft) response.destroy();
      else this.#refuse(request, response, error);
    } finally {
      release();
      giveUpIfStalled(response);
    }
  }

  async #answer(
    request: IncomingMessage,
    response: ServerResponse,
    signal: AbortSignal,
  ): Promise<void> {
    const { method = "GET", url = "/" } = request;
    for (const [name, value] of Object.entries(corsHeaders(request, this.#options))) {
      response.setHeader(name, value);
    }
    if (this.isStopping) response.setHeader("connection", "close");
    assertHost(request, this.#options);
    if (method === "OPTIONS" && request.headers["access-control-request-method"] !== undefined) {
      response.writeHead(204, preflightHeaders(request)).end();
      return;
    }
    const [path] = url.split("?");
    const { route, rest } = routeOf(method === "HEAD" ? "GET" : method, path);
    if (!route.isOpen) assertKey(request, this.#options);
    if (this.isStopping) throw new ApiError(503, "stopping", "this server is stopping");
    const body = route.method === "POST" ? await this.#bodies.read(request) : {};
    if (route.computes) this.#enter();
    try {
      const events = new EventStream(response, signal);
      const served = { ...this.#served, requests: this.#count };
      const answer = await route.answer(served, { body, rest, events, signal });
      if (answer !== undefined) sendJson(response, 200, answer);
    } finally {
      if (route.computes) this.#count--;
    }
  }

  #enter(): void {
    if (this.#count >= this.#options.queue) {
      const message = `${this.#count} requests wait already; ask again later`;
      throw new ApiError(429, "queue_full", message, { headers: { "retry-after": "1" } });
    }
    this.#count++;
  }

  #refuse(request: IncomingMessage, response: ServerResponse, error: unknown): void {
    const refusal = apiError(error);
    if (refusal.status === 500) this.#options.onError(error);
    if (response.headersSent) {
      // A stream that has begun cannot take back its 200.
      response.end(`data: ${JSON.stringify(refusal.body)}\n\n`);
      return;
    }
    const isRead = request.complete;
    const close: Record<string, string> = isRead ? {} : { connection: "close" };
    sendJson(response, refusal.status, refusal.body, { ...refusal.headers, ...close });
    if (!isRead) discard(request);
  }
}

/** Reads on for a while, and then ends the connection. */
function discard(request: IncomingMessage): void {
  const { socket } = request;
  if (!socket) return; // it is gone already
  let left = DRAIN.bytes;
  const end = setTimeout(() => socket.destroy(), DRAIN.ms);
  socket.on("close", () => clearTimeout(end));
  request.on("error", () => {}); // the sender has left
  request.on("data", (chunk: Buffer) => {
    left -= chunk.length;
    if (left < 0) socket.destroy();
  });
  request.resume();
}

/** Ends the connection of a reader that does not take the answer. */
function giveUpIfStalled(response: ServerResponse): void {
  if (response.writableFinished || response.destroyed) return;
  const stalled = setTimeout(() => response.destroy(), STALLED_MS);
  response.on("close", () => clearTimeout(stalled));
}
