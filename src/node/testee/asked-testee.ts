/**
 * A testee whose every call is a request to a process.
 * @module
 */
import { readFile } from "node:fs/promises";
import type { OpCall } from "../../conformance/engine/run-op.ts";
import {
  type Answer,
  assertDone,
  idsOf,
  longestAnswer,
  outputsOf,
  textOf,
} from "../../conformance/protocol/answers.ts";
import {
  forwardRequest,
  loadRequest,
  opRequest,
  type Request,
} from "../../conformance/protocol/messages.ts";
import { opShapes, type Shapes, tapShape } from "../../conformance/protocol/shapes.ts";
import type { ChatMessage, Outputs, Testee, TesteeInfo } from "../../conformance/run/testee.ts";
import type { SuiteModel } from "../../conformance/vectors/suite.ts";
import type { Feed } from "../../conformance/vectors/vector.ts";
import { disposed, refusals, UnsupportedError } from "../../errors.ts";
import type { TapName } from "../../model/taps.ts";
import { Connection, type ConnectionOptions } from "./connection.ts";
import { ModelFolders } from "./model-folders.ts";

/** Asks, checks the answers, and sees to it that a process that was started anew has the model. */
export class AskedTestee implements Testee {
  readonly #connection: Connection;
  readonly #signal: AbortSignal | undefined;
  readonly #ownTokenizer: string;
  readonly #folders = new ModelFolders();
  #isClosed = false;
  /** The model that was asked for, and the process that has it. */
  #model: SuiteModel | undefined;
  #loadedIn = 0;
  /** The tokenizer that was asked for, and the process that was told of it; nothing if it is the one of hello. */
  #tokenizer: string | undefined;
  #toldIn = 0;
  /** Position of the first token, and number of tokens fed since. */
  #start = 0;
  #length = 0;
  /** The end of the call before: one at a time. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(options: ConnectionOptions) {
    this.#connection = new Connection(options);
    this.#signal = options.signal;
    this.#ownTokenizer = options.tokenizer;
  }

  get info(): TesteeInfo {
    return this.#connection.info;
  }

  begin(): Promise<void> {
    return this.#inTurn("hello", () => this.#connection.start("hello"));
  }

  load(model: SuiteModel): Promise<void> {
    return this.#inTurn("load", async () => {
      this.#model = model;
      this.#loadedIn = 0;
      await this.#loaded("load");
    });
  }

  reset(): Promise<void> {
    return this.#inTurn("reset", async () => {
      if (await this.#loaded("reset")) return;
      this.#length = 0;
      assertDone("reset", await this.#connection.ask({ do: "reset" }));
    });
  }

  forward(feed: Feed, taps: readonly TapName[]): Promise<Outputs> {
    return this.#inTurn("forward", async () => {
      await this.#connection.start("forward");
      const model = this.#model;
      if (!model || this.#loadedIn !== this.#connection.process) {
        const hint = "call load first, and reset after an error";
        throw refusals("forward").argument("model", "a model that is loaded", "none", hint);
      }
      const rows = this.#fed(feed);
      const shapes = new Map(taps.map((tap) => [tap, tapShape(tap, model.config, rows)] as const));
      const needed = taps.includes("logits") ? "logits" : undefined;
      return this.#outputs(forwardRequest(feed, taps), shapes, needed);
    });
  }

  op(call: OpCall): Promise<Outputs> {
    return this.#inTurn("op", async () => {
      await this.#connection.start("op");
      const shapes = opShapes(call);
      return this.#outputs(opRequest(call, [...shapes.keys()]), shapes, "out");
    });
  }

  loadTokenizer(_name: string, model: Uint8Array): Promise<void> {
    return this.#inTurn("tokenizer", async () => {
      const before = this.#tokenizer;
      const own = await readFile(this.#ownTokenizer).catch(() => undefined);
      const isOwn = own?.equals(model) === true;
      // One that knows no other need not know this request.
      if (isOwn && before === undefined) return;
      this.#tokenizer = isOwn ? this.#ownTokenizer : await this.#folders.pathOfFile(model);
      this.#toldIn = 0;
      try {
        await this.#withTokenizer("tokenizer");
      } catch (error) {
        if (error instanceof UnsupportedError) this.#tokenizer = before;
        throw error;
      }
    });
  }

  encode(text: string): Promise<readonly number[]> {
    return this.#said({ do: "encode", text }, idsOf);
  }

  decode(ids: readonly number[]): Promise<string> {
    return this.#said({ do: "decode", ids }, textOf);
  }

  encodeChat(messages: readonly ChatMessage[]): Promise<readonly number[]> {
    return this.#said({ do: "chat", messages }, idsOf);
  }

  answer(ids: readonly number[]): Promise<string> {
    return this.#said({ do: "answer", ids }, textOf);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#connection.close();
    await this.#folders.remove();
  }

  /** Counts what is fed → its rows. */
  #fed({ ids, pos }: Feed): { L: number; S: number } {
    if (this.#length === 0) this.#start = pos;
    const past = pos - this.#start;
    if (past < 0 || past > this.#length) {
      const last = this.#start + this.#length;
      const expected = `a position from ${this.#start} to ${last}`;
      throw refusals("forward").argument("pos", expected, pos);
    }
    this.#length = past + ids.length;
    return { L: ids.length, S: this.#length };
  }

  /** Sees to it that the process has the model → whether it got it just now, and has no token. */
  async #loaded(op: string): Promise<boolean> {
    const connection = this.#connection;
    await connection.start(op);
    if (!this.#model || this.#loadedIn === connection.process) return false;
    const { weights } = connection;
    const path = this.#model.path ?? (await this.#folders.pathOf(this.#model, weights));
    assertDone("load", await connection.ask(loadRequest(this.#model, path, weights)));
    this.#loadedIn = connection.process;
    this.#length = 0;
    return true;
  }

  /** Sees to it that there is a process, and that it has the tokenizer. */
  async #withTokenizer(op: string): Promise<void> {
    const connection = this.#connection;
    await connection.start(op);
    if (this.#tokenizer === undefined || this.#toldIn === connection.process) return;
    const path = this.#tokenizer;
    assertDone("tokenizer", await connection.ask({ do: "tokenizer", path }));
    this.#toldIn = connection.process;
  }

  /** The outputs of a pass or an operator. */
  async #outputs(request: Request, shapes: Shapes, needed?: string): Promise<Outputs> {
    const answer = await this.#connection.ask(request, longestAnswer(shapes));
    assertDone(request.do, answer);
    return outputsOf(request.do, answer, shapes, needed);
  }

  #said<T>(request: Request, read: (op: string, answer: Answer) => T): Promise<T> {
    return this.#inTurn(request.do, async () => {
      await this.#withTokenizer(request.do);
      const answer = await this.#connection.ask(request);
      assertDone(request.do, answer);
      return read(request.do, answer);
    });
  }

  /** Runs `call` when the calls before it have ended. */
  #inTurn<T>(op: string, call: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(() => {
      if (this.#isClosed) throw disposed(op, "testee", "start a new one");
      this.#signal?.throwIfAborted();
      return call();
    });
    this.#last = turn.catch(() => {});
    return turn;
  }
}
