/**
 * What a testee is asked, in version 1 of the protocol: one JSON object a line, answered by one JSON object a line
 * with the same `seq`. docs/examples/testees/README.md describes it for the authors of testees, and
 * fixtures/conformance/protocol.schema.json is its JSON Schema.
 * @module
 */
import { toHfConfig } from "../../hf-config.ts";
import { goldenName, type TapName } from "../../model/taps.ts";
import type { OpCall } from "../engine/run-op.ts";
import type { ChatMessage } from "../run/testee.ts";
import type { SuiteModel } from "../vectors/suite.ts";
import type { Feed, OpName } from "../vectors/vector.ts";
import { encodeArray, type WireArray } from "./wire-array.ts";

/** The version of the protocol. */
export const PROTOCOL = 1;

/** Types that the weights of a model can be written in; the numbers of nano models are exact in each. */
export type WeightsType = "float32" | "float16" | "bfloat16";

/** Who are you? The first request. */
export interface HelloRequest {
  readonly do: "hello";
  readonly protocol: typeof PROTOCOL;
  /** The version of the suite: `2026.11`. */
  readonly suite?: string;
  /** The path of the tokenizer.model that `encode`, `decode`, `chat` and `answer` are about. */
  readonly tokenizer?: string;
}

/** Make a model ready, with no token fed. */
export interface LoadRequest {
  readonly do: "load";
  readonly model: string;
  /** As in Hugging Face's config.json. */
  readonly config: Readonly<Record<string, unknown>>;
  /** A folder as on Hugging Face: config.json and model.safetensors. */
  readonly path: string;
}

/** Forget all tokens. */
export interface ResetRequest {
  readonly do: "reset";
}

/** Feed tokens, and give the taps of their rows. */
export interface ForwardRequest {
  readonly do: "forward";
  readonly ids: readonly number[];
  readonly pos: number;
  /** TransformerLens's names. */
  readonly taps: readonly TapName[];
  /** The same taps by the names of the goldens; null for those that have none. */
  readonly golden: readonly (string | null)[];
}

/** Compute one operator. */
export interface OpRequest {
  readonly do: "op";
  readonly op: OpName;
  readonly attrs: Readonly<Record<string, number>>;
  readonly inputs: Readonly<Record<string, WireArray>>;
  /** The outputs that are of interest; `out` is the first. */
  readonly taps: readonly string[];
}

/** Take another tokenizer for what follows. */
export interface TokenizerRequest {
  readonly do: "tokenizer";
  /** The path of a tokenizer.model. */
  readonly path: string;
}

/** The ids of a text, without BOS. */
export interface EncodeRequest {
  readonly do: "encode";
  readonly text: string;
}

/** The text of ids. */
export interface DecodeRequest {
  readonly do: "decode";
  readonly ids: readonly number[];
}

/** The ids of a conversation, with BOS, up to where the model is to answer. */
export interface ChatRequest {
  readonly do: "chat";
  readonly messages: readonly ChatMessage[];
}

/** What is shown of an answer whose tokens the model gave as `ids`: its text, up to the first token that ends it. */
export interface AnswerRequest {
  readonly do: "answer";
  readonly ids: readonly number[];
}

/** End. It needs no answer. */
export interface ByeRequest {
  readonly do: "bye";
}

/** All that a testee is asked. The `seq` is put before it when it is sent. */
export type Request =
  | HelloRequest
  | LoadRequest
  | ResetRequest
  | ForwardRequest
  | OpRequest
  | TokenizerRequest
  | EncodeRequest
  | DecodeRequest
  | ChatRequest
  | AnswerRequest
  | ByeRequest;

/** What some readers of lines, Node's among them, end a line at, besides a newline. */
const ENDS = /[\u0085\u2028\u2029]/g;

/** The line of a request, with its newline. */
export function requestLine(seq: number, request: Request): string {
  const escaped = (end: string) => `\\u${end.charCodeAt(0).toString(16).padStart(4, "0")}`;
  return `${JSON.stringify({ seq, ...request }).replace(ENDS, escaped)}\n`;
}

export function loadRequest(
  { name, config }: SuiteModel,
  path: string,
  type: WeightsType = "float32",
): LoadRequest {
  return { do: "load", model: name, config: toHfConfig(config, type), path };
}

export function forwardRequest({ ids, pos }: Feed, taps: readonly TapName[]): ForwardRequest {
  const golden = taps.map((tap) => goldenName(tap) ?? null);
  return { do: "forward", ids, pos, taps, golden };
}

/** @param taps the outputs that are of interest. */
export function opRequest({ op, attrs, inputs }: OpCall, taps: readonly string[]): OpRequest {
  const encoded = [...inputs].map(([name, array]) => {
    return [name, encodeArray(array, name === "ids" ? "int32" : undefined)] as const;
  });
  return { do: "op", op, attrs, inputs: Object.fromEntries(encoded), taps };
}
