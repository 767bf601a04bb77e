/** The options of a server, checked before it listens. @module */
import { brief } from "../../brief.ts";
import { assertInteger, POSITIVE } from "../../check.ts";
import { refusals } from "../../errors.ts";
import { Gemma } from "../../gemma.ts";
import { assertOptions, type OptionNames } from "../../options.ts";

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

/** @throws {ArgumentError} if an option is out of range, or the model has no tokenizer. */
export function assertServer(gemma: Gemma, options: ServerOptions): void {
  const op = "serve";
  const refuse = refusals(op);
  assertOptions(op, options, NAMES);
  if (!(gemma instanceof Gemma)) {
    throw refuse.argument("gemma", "await Gemma.load(source)", brief(gemma));
  }
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
