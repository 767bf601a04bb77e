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
import { refusals } from "../../errors.ts";
import type { Gemma } from "../../gemma.ts";
import { Slots } from "./answer/slots.ts";
import { Handler } from "./handle.ts";
import { Connections } from "./http/connections.ts";
import { assertServer, type ServerOptions } from "./options.ts";

/** A server that listens; made by {@link serve}. */
export interface GemmaServer extends AsyncDisposable {
  /** Where it is: `http://127.0.0.1:8080`. */
  readonly url: string;
  /** The one that was asked for, or, for 0, the one that was free. */
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
  const slots = new Slots(contextLength, parallel);
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
    {
      host,
      key,
      cors: typeof cors === "string" ? [cors] : cors,
      queue,
      maxBodyBytes,
      requestTimeout,
      onError,
    },
  );
  const timeouts = {
    // Bodies have a timer of their own, which answers; this one is for what is no request yet.
    requestTimeout: requestTimeout + 5000,
    headersTimeout: Math.min(requestTimeout, 10_000),
    connectionsCheckingInterval: 1000,
    // Longer than a client waits before it asks again on the same connection.
    keepAliveTimeout: 60_000,
  };
  const server = createServer(timeouts);
  const connections = new Connections(server);
  server.on("request", (request, response) => {
    connections.begin(response);
    void handler.handle(request, response);
  });
  server.maxConnections = 1024;
  await listening(server, port, host);
  return running({ server, connections, handler, slots, host });
}

interface Parts {
  readonly server: Server;
  readonly connections: Connections;
  readonly handler: Handler;
  readonly slots: Slots;
  readonly host: string;
}

function running({ server, connections, handler, slots, host }: Parts): GemmaServer {
  const { port } = server.address() as AddressInfo;
  let closed: Promise<void> | undefined;
  const close = () => {
    handler.isStopping = true;
    closed ??= new Promise<void>((resolve) => server.close(() => resolve())).then(() => {
      slots.dispose();
    });
    connections.close();
    return closed;
  };
  return {
    url: `http://${host.includes(":") ? `[${host}]` : host}:${port}`,
    port,
    close,
    stop() {
      const all = close();
      handler.stop();
      connections.destroy();
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
