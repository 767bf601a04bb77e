/** A server over the suite's models, and requests to it. */
import { Gemma } from "../../src/gemma.ts";
import type { ServerOptions } from "../../src/node/serve/options.ts";
import { type GemmaServer, serve } from "../../src/node/serve/serve.ts";
import { fixtureFolder } from "./files.ts";
import { readFixture } from "./goldens.ts";

/** One request of lm-evaluation-harness's clients, and what a small server over Google's code answered. */
export interface Exchange {
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly request: Readonly<Record<string, unknown>> | null;
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: JSON of several shapes
  readonly response: any;
}

/** The recorded traffic. */
export function recordedTraffic(): Exchange[] {
  return JSON.parse(new TextDecoder().decode(readFixture("evaluation/lm-eval-client.json")));
}

/** A model of the suite in float64. */
export function loadServed(name: "tiny-stories" | "tiny-stories-it"): Promise<Gemma> {
  return Gemma.load(fixtureFolder(name), { backend: "cpu", precision: "float64" });
}

/** A server on any free port. */
export function serveAnywhere(gemma: Gemma, options: ServerOptions = {}): Promise<GemmaServer> {
  return serve(gemma, { port: 0, ...options });
}

/** What a server answered. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: JSON of several shapes
  readonly json: any;
}

/** Sends JSON, or gets without a body. */
export async function ask(
  { url }: GemmaServer,
  path: string,
  body?: unknown,
  init: RequestInit = {},
): Promise<Answer> {
  const headers = { "content-type": "application/json", ...init.headers };
  const sent = body === undefined ? {} : { method: "POST", body: JSON.stringify(body), headers };
  const response = await fetch(url + path, { ...init, ...sent });
  return { status: response.status, headers: response.headers, json: await response.json() };
}

/** The largest distance of two lists of numbers; null stands in the same places. */
export function farthest(a: readonly (number | null)[], b: readonly (number | null)[]): number {
  if (a.length !== b.length) return Number.POSITIVE_INFINITY;
  return Math.max(0, ...a.map((x, i) => distance(x, b[i])));
}

function distance(a: number | null, b: number | null): number {
  if (a === null || b === null) return a === b ? 0 : Number.POSITIVE_INFINITY;
  return Math.abs(a - b);
}
