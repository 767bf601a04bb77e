/**
 * A server over a model, for programs that speak OpenAI's API: evaluation harnesses, chat clients.
 *
 *     const server = await serve(await Gemma.load("./gemma-2b-it"), { port: 8080 });
 *     console.log(server.url); // http://127.0.0.1:8080
 *     await server.close();    // answers under way come to their ends
 *
 * @module
 */
/// <reference lib="esnext.disposable" preserve="true" />
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { brief } from "../../brief.ts";
import { assertInteger, POSITIVE } from "../../check.ts";
import { refusals } from "../../errors.ts";
import { Gemma } from "../../gemma.ts";
import { assertOptions, type OptionNames } from "../../options.ts";
import { Slots } from "./answer/slots.ts";
import { Handler } from "./handle.ts";

/** How a server listens, and how much it takes on. */
export interface ServerOptions {
  /** Default 8080; 0 is any that is free. */
  readonly port?: number;
  /** The address to listen on. Default 127.0.0.1: no other machine can reach it. "0.0.0.0" is all of this machine's. */
  readonly host?: string;
  /** What clients must send as `authorization: Bearer KEY`; all but `/health` asks for it. Default: nobody is asked. */
  readonly key?: string;
  /** Origins of web pages that may ask, such as "http://localhost:3000"; "*" is all. Default: none. */
  readonly cors?: string | readonly string[];
  /** Most requests that are answered or wait; others are told to come again (429). Default 128. */
  readonly queue?: number;
  /**
   * Most texts that are under way at once, each with a cache, which is kept for what begins alike. They share passes.
   * Default 8.
   */
  readonly parallel?: number;
  /** Most tokens of a prompt and its answer. Default: what the model was trained for. */
  readonly contextLength?: number;
  /** What the model is called. Default "gemma". */
  readonly name?: string;
  /** Most bytes of a request. Default 8 MiB. */
  readonly maxBodyBytes?: number;
  /** Most milliseconds in which a request must have come in whole. Default 30,000. */
  readonly requestTimeout?: number;
  /** Hears of errors that are no client's fault; clients are told nothing but that there was one. */
  readonly onError?: (error: unknown) => void;
}

const NAMES: OptionNames<ServerOptions> = {
  port: true,
  host: true,
  key: true,
  cors: true,
  queue: true,
  parallel: true,
  contextLength: true,
  name: true,
  maxBodyBytes: true,
  requestTimeout: true,
  onError: "function",
};

/** A server that listens; made by {@link serve}. */
export interface GemmaServer extends AsyncDisposable {
  /** Where it is: `http://127.0.0.1:8080`. */
  readonly url: string;
  readonly port: number;
  /** Takes nothing more, lets answers come to their ends, and resolves when all connections are closed. */
  close(): Promise<void>;
  /** Ends at once: clients whose answers are under way see their connections break. */
  stop(): Promise<void>;
}

/**
 * Serves `gemma`, which stays the caller's to dispose, after the server is closed. Routes: `/v1/completions` (with `echo`
 * and `logprobs`), `/v1/chat/completions`, `/v1/models`, `/tokenize`, `/detokenize`, `/tokenizer_info`, `/health`.
 * What it cannot do is refused with a status of 4xx and `{ error: { message, type, param, code } }`, and never ignored.
 *
 * @throws {ArgumentError} if an option is out of range, the model has no tokenizer, or the port is taken.
 */
export async function serve(gemma: Gemma, options: ServerOptions = {}): Promise<GemmaServer> {
  assertServer(gemma, options);
  const { port = 8080, host = "127.0.0.1", key, cors = [], parallel = 8, queue = 128 } = options;
  const { contextLength = gemma.config.maxPositionEmbeddings, name = "gemma" } = options;
  const { maxBodyBytes = 8 * 2 ** 20, requestTimeout = 30_000, onError = () => {} } = options;
  const slots = new Slots(gemma.model, contextLength, parallel);
  const isReference = gemma.backend.info.name === "cpu"; // which gains nothing by rows side by side
  const handler = new Handler(
    {
      gemma,
      tokenizer: gemma.tokenizer as NonNullable<Gemma["tokenizer"]>,
      name,
      created: Math.floor(Date.now() / 1000),
      contextLength,
      slots,
      atOnce: isReference ? 1 : parallel,
    },
    { host, key, cors: typeof cors === "string" ? [cors] : cors, queue, maxBodyBytes, onError },
  );
  const timeouts = {
    requestTimeout,
    headersTimeout: Math.min(requestTimeout, 10_000),
    connectionsCheckingInterval: Math.min(1000, Math.ceil(requestTimeout / 4)),
    // Longer than a client waits before it asks again on the same connection.
    keepAliveTimeout: 60_000,
  };
  const server = createServer(timeouts, (request, response) => {
    response.on("close", () => {
      if (handler.isStopping) setImmediate(() => server.closeIdleConnections());
    });
    void handler.handle(request, response);
  });
  server.maxConnections = 1024;
  await listening(server, port, host);
  return running(server, handler, slots, host);
}

function running(server: Server, handler: Handler, slots: Slots, host: string): GemmaServer {
  const { port } = server.address() as AddressInfo;
  let closed: Promise<void> | undefined;
  const close = () => {
    handler.isStopping = true;
    closed ??= new Promise<void>((resolve) => server.close(() => resolve())).then(() => {
      slots.dispose();
    });
    server.closeIdleConnections();
    return closed;
  };
  return {
    url: `http://${host.includes(":") ? `[${host}]` : host}:${port}`,
    port,
    close,
    stop() {
      const all = close();
      handler.stop();
      server.closeAllConnections();
      return all;
    },
    [Symbol.asyncDispose]: close,
  };
}

function listening(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      const { argument, hint } = LISTEN_HINTS[error.code ?? ""] ?? { argument: "host" };
      const expected = argument === "port" ? "a port that is free" : "an address of this machine";
      const got = `${host}:${port} (${error.code})`;
      reject(refusals("serve").argument(argument, expected, got, hint, error));
    });
    server.listen(port, host, resolve);
  });
}

const LISTEN_HINTS: Readonly<Record<string, { argument: string; hint: string }>> = {
  EADDRINUSE: { argument: "port", hint: "another program listens there; 0 takes any that is free" },
  EACCES: { argument: "port", hint: "ports below 1024 belong to the system" },
};

function assertServer(gemma: Gemma, options: ServerOptions): void {
  const op = "serve";
  const refuse = refusals(op);
  if (!(gemma instanceof Gemma)) {
    throw refuse.argument("gemma", "await Gemma.load(source)", brief(gemma));
  }
  assertOptions(op, options, NAMES);
  if (!gemma.tokenizer) {
    const hint = "open a checkpoint that has its tokenizer beside it";
    throw refuse.argument("gemma", "a model with a tokenizer", "one without", hint);
  }
  const { port = 8080, host = "127.0.0.1", key = "-", name = "gemma", cors = [] } = options;
  assertInteger(op, "port", port, { from: 0, to: 65_535 });
  for (const [argument, text] of Object.entries({ host, key, name })) {
    if (typeof text === "string" && text !== "") continue;
    throw refuse.argument(argument, "a text of at least one character", brief(text));
  }
  const origins: readonly unknown[] = typeof cors === "string" ? [cors] : cors;
  if (!Array.isArray(origins) || origins.some((origin) => typeof origin !== "string")) {
    throw refuse.argument("cors", "an origin, or a list of them", brief(cors));
  }
  const limit = gemma.config.maxPositionEmbeddings;
  const { contextLength = limit, queue = 1, parallel = 1 } = options;
  const as = `an integer from 2 to ${limit} (max_position_embeddings)`;
  assertInteger(op, "contextLength", contextLength, { from: 2, to: limit, as });
  assertInteger(op, "queue", queue, POSITIVE);
  assertInteger(op, "parallel", parallel, POSITIVE);
  assertInteger(op, "maxBodyBytes", options.maxBodyBytes ?? 1, POSITIVE);
  assertInteger(op, "requestTimeout", options.requestTimeout ?? 1, POSITIVE);
}
