/** What a route is. @module */
import type { Gemma } from "../../../gemma.ts";
import type { Tokenizer } from "../../../tokenizer/tokenizer.ts";
import type { Slots } from "../answer/slots.ts";
import type { EventStream } from "../http/respond.ts";

/** What all routes work with. */
export interface Served {
  readonly gemma: Gemma;
  readonly tokenizer: Tokenizer;
  /** What the model is called in answers. */
  readonly name: string;
  /** When the server began, in seconds since 1970. */
  readonly created: number;
  /** Most tokens of a prompt and its answer. */
  readonly contextLength: number;
  readonly slots: Slots;
  /** How many choices of one request go side by side. */
  readonly atOnce: number;
  /** Requests that are answered now, or wait. */
  readonly requests: number;
}

/** One request, as a route sees it. */
export interface Asked {
  /** The JSON that was sent; empty for GET. */
  readonly body: Readonly<Record<string, unknown>>;
  /** What stands behind the route's path. */
  readonly rest: string;
  /** Where a route streams to; then it returns nothing. */
  readonly events: EventStream;
  /** Aborted when the client has hung up, or the server ends at once. */
  readonly signal: AbortSignal;
}

/** One method of one path. */
export interface Route {
  readonly method: "GET" | "POST";
  /** One that ends with a slash stands for all paths that begin so. */
  readonly path: string;
  /** Whether it is answered without the key. */
  readonly isOpen?: boolean;
  /** Whether it computes, and so counts in the queue. */
  readonly computes?: boolean;
  /** @returns the JSON to send, or undefined if it was streamed. */
  answer(served: Served, asked: Asked): unknown;
}
