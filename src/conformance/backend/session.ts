/**
 * A backend under test, from check to check. After one that went wrong the next gets a new backend, so that it does
 * not suffer for it.
 * @module
 */
import type { Accuracy, BackendInfo } from "../../backend/backend.ts";
import { brief } from "../../brief.ts";
import { GemmaError, refusals } from "../../errors.ts";
import type { Result, Status } from "../run/result.ts";
import type { Suite } from "../vectors/suite.ts";
import type { Check } from "./check.ts";
import { Failure, isUnsupported, Refusal } from "./failure.ts";
import { type AnyBackend, Lab, type MakeBackend } from "./lab.ts";

/** How results are judged. */
export interface SessionOptions {
  /** The class. Default: what the backend says of itself. */
  readonly accuracy?: Accuracy;
  /** Milliseconds after which a promise counts as one that never settles. Default 10,000. */
  readonly patience?: number;
}

/** Runs checks, one after another. */
export class Session {
  readonly #makeBackend: MakeBackend;
  readonly #suite: Suite;
  readonly #options: SessionOptions;
  #backend: AnyBackend | undefined;

  constructor(makeBackend: MakeBackend, suite: Suite, options: SessionOptions = {}) {
    if (typeof makeBackend !== "function") {
      const expected = "a function that makes a Backend";
      throw refusals("conformance").argument("makeBackend", expected, brief(makeBackend));
    }
    this.#makeBackend = makeBackend;
    this.#suite = suite;
    this.#options = options;
  }

  /** What the backend says of itself. */
  async info(): Promise<BackendInfo> {
    return (await this.#live()).info;
  }

  /** The class in which results are judged. */
  async accuracy(): Promise<Accuracy> {
    const { precision, accuracy = precision } = await this.info();
    return this.#options.accuracy ?? accuracy;
  }

  async run(check: Check): Promise<Result> {
    const { id, tier, note, beyondGemma1 } = check;
    const began = performance.now();
    const { status, message, taps } = await this.#outcome(check);
    return {
      id,
      tier,
      status,
      note,
      ...(message !== undefined && { message }),
      taps,
      ...(beyondGemma1 && { beyondGemma1 }),
      seconds: (performance.now() - began) / 1000,
    };
  }

  /** Disposes the backend. */
  async end(): Promise<void> {
    const backend = this.#backend;
    this.#backend = undefined;
    await backend?.dispose();
  }

  async #outcome(check: Check): Promise<Pick<Result, "status" | "message" | "taps">> {
    let lab: Lab | undefined;
    try {
      const backend = await this.#live();
      const setting = {
        suite: this.#suite,
        accuracy: await this.accuracy(),
        patience: this.#options.patience ?? 10_000,
        makeBackend: this.#makeBackend,
      };
      lab = new Lab(backend, setting, check.id);
      await check.run(lab);
      lab.freeAll();
      return { status: "pass", taps: lab.taps };
    } catch (error) {
      const { status, message } = verdict(error, lab?.where ?? check.id);
      const isWhole = status === "unsupported" && isFreed(lab);
      if (!isWhole) await this.end().catch(() => {}); // what went wrong is known already
      return { status, message, taps: lab?.taps ?? [] };
    }
  }

  async #live(): Promise<AnyBackend> {
    if (this.#backend) return this.#backend;
    const made: unknown = await this.#makeBackend();
    const { info, ops } = Object(made) as Partial<AnyBackend>;
    if (typeof info !== "object" || typeof ops !== "object") {
      const expected = "a function that makes a Backend";
      throw refusals("conformance").argument(
        "makeBackend",
        expected,
        `one that gives ${brief(made)}`,
      );
    }
    this.#backend = made as AnyBackend;
    return this.#backend;
  }
}

/** Whether what a check made could be freed. */
function isFreed(lab: Lab | undefined): boolean {
  try {
    lab?.freeAll();
    return true;
  } catch {
    return false;
  }
}

function verdict(error: unknown, where: string): { status: Status; message: string } {
  if (error instanceof Failure) return { status: "fail", message: error.message };
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof Refusal || isUnsupported(error)) return { status: "unsupported", message };
  const isOurs = error instanceof GemmaError;
  const name = error instanceof Error ? error.name : "something";
  return { status: "error", message: `${where}: threw ${isOurs ? "" : `${name}: `}${message}` };
}
