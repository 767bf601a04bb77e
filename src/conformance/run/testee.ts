/**
 * What is tested: an engine, in whatever form, behind a few calls. The model of a backend is one (conformance/backend/backend-testee.ts),
 * a process that speaks NDJSON is one (testee-process of node/), arrays in files are one.
 * @module
 */
import type { Accuracy } from "../../backend/backend.ts";
import type { TapName } from "../../model/taps.ts";
import type { NdArray } from "../../tensor/tensor.ts";
import type { OpCall } from "../engine/run-op.ts";
import type { SuiteModel } from "../vectors/suite.ts";
import type { Feed } from "../vectors/vector.ts";

/** What a testee says of itself; it stands in every report. */
export interface TesteeInfo {
  /** What reports call it. */
  readonly name: string;
  /** Its version, for reports. */
  readonly version?: string;
  /** The class that its results are judged in. Default float32. */
  readonly accuracy?: Accuracy;
  /** What it runs on: device, driver, whatever helps a reader. */
  readonly device?: string;
}

/** Arrays by name: of a forward pass the taps that the testee has, `logits` among them; of an operator `out`. */
export type Outputs = ReadonlyMap<string, NdArray>;

/**
 * An engine under test. A call that it cannot do throws an UnsupportedError, whose message is the reason; the
 * vector then counts as unsupported, not as failed.
 */
export interface Testee {
  /** What it says of itself. */
  readonly info: TesteeInfo;
  /** Makes the model ready, with no token fed. */
  load(model: SuiteModel): Promise<void>;
  /** Forgets all tokens. */
  reset(): Promise<void>;
  /**
   * Feeds tokens behind those fed before → the logits of every row [L, V] (or of the last: [1, V]), and those of
   * `taps` that the testee has, [L, columns].
   */
  forward(feed: Feed, taps: readonly TapName[]): Promise<Outputs>;
  /** One operator by itself. */
  op?(call: OpCall): Promise<Outputs>;
  /**
   * Takes the bytes of a `tokenizer.model` as the tokenizer of the calls below. Without this call they are about the
   * one that comes with the suite, `tokenizer.model`.
   */
  loadTokenizer?(name: string, model: Uint8Array): Promise<void>;
  /** The ids of a text, without BOS; the text of ids. By the tokenizer that comes with the suite. */
  encode?(text: string): Promise<readonly number[]>;
  /** The text of ids. */
  decode?(ids: readonly number[]): Promise<string>;
  /** The ids of a conversation, with BOS, up to where the model is to answer. */
  encodeChat?(messages: readonly ChatMessage[]): Promise<readonly number[]>;
  /** What is shown of an answer whose tokens the model gave as `ids`: its text, up to the first token that ends it. */
  answer?(ids: readonly number[]): Promise<string>;
  /** Ends what was started for the test. */
  close?(): Promise<void>;
}

/** A turn of a conversation. */
export interface ChatMessage {
  /** Who said it. */
  readonly role: "user" | "model";
  /** What was said. */
  readonly content: string;
}
