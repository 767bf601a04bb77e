/**
 * Tier T4: an engine with the released weights, held against what others have measured on them.
 * @module
 */
import type { Accuracy } from "../../backend/backend.ts";
import { UnsupportedError } from "../../errors.ts";
import type { TapName } from "../../model/taps.ts";
import { assertOptions, type OptionNames } from "../../options.ts";
import { elementsOf, formatShape, type NdArray, tensor } from "../../tensor/tensor.ts";
import { Tokenizer } from "../../tokenizer/tokenizer.ts";
import { accuracyNamed } from "../accuracy.ts";
import type { Result } from "../run/result.ts";
import type { Testee } from "../run/testee.ts";
import type { SuiteModel } from "../vectors/suite.ts";
import type { Fact, Facts, GreedyFact } from "./facts.ts";
import {
  type FactVerdict,
  judgeGreedy,
  judgeMeans,
  judgeNumbers,
  judgeTop,
} from "./judge-facts.ts";

/** What facts are run on. */
export interface FactsOptions {
  /** The class in which results are judged. Default: what the testee says of itself, or float32. */
  readonly accuracy?: Accuracy;
  /** The weights. Without them what needs weights is skipped, and says so. */
  readonly model?: SuiteModel;
  /** The model's `tokenizer.model`. Without it what needs one is skipped, and says so. */
  readonly tokenizer?: Uint8Array;
  readonly signal?: AbortSignal;
  /** Told of each result as it comes. */
  readonly onResult?: (result: Result) => void;
}

export const FACTS_NAMES: OptionNames<FactsOptions> = {
  accuracy: true,
  model: true,
  tokenizer: true,
  signal: true,
  onResult: "function",
};

/**
 * Runs the facts of a model. What cannot be run without weights or tokenizer is skipped, with a reason that says what
 * to give; a testee that answers badly gives results of status `error`.
 */
export async function runFacts(
  testee: Testee,
  facts: Facts,
  options: FactsOptions = {},
): Promise<Result[]> {
  assertOptions("runFacts", options, FACTS_NAMES);
  const { signal, onResult } = options;
  const accuracy = accuracyNamed("runFacts", options.accuracy ?? testee.info.accuracy ?? "float32");
  const runner = new FactRunner(testee, facts, accuracy, options);
  const results: Result[] = [];
  for (const fact of facts.vectors) {
    signal?.throwIfAborted();
    const began = performance.now();
    const verdict = await runner.run(fact);
    const { id, note } = fact;
    const seconds = (performance.now() - began) / 1000;
    const result: Result = { id, tier: "T4", note, taps: [], ...verdict, seconds };
    results.push(result);
    onResult?.(result);
  }
  return results;
}

class FactRunner {
  readonly #testee: Testee;
  readonly #facts: Facts;
  readonly #accuracy: Accuracy;
  readonly #model: SuiteModel | undefined;
  readonly #tokenizer: Uint8Array | undefined;
  #isLoaded = false;
  #hasTokenizer = false;

  constructor(
    testee: Testee,
    facts: Facts,
    accuracy: Accuracy,
    { model, tokenizer }: FactsOptions,
  ) {
    this.#testee = testee;
    this.#facts = facts;
    this.#accuracy = accuracy;
    this.#model = model;
    this.#tokenizer = tokenizer;
  }

  async run(fact: Fact): Promise<FactVerdict> {
    const reason = this.#reasonToSkip(fact);
    if (reason) return { status: "skip", message: reason };
    try {
      return await this.#verdict(fact);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      this.#isLoaded = false; // the process may be another one
      this.#hasTokenizer = false;
      return { status: error instanceof UnsupportedError ? "unsupported" : "error", message };
    }
  }

  #reasonToSkip(fact: Fact): string | undefined {
    const { model, shape } = this.#facts;
    const isText = fact.kind === "encode" || fact.kind === "decode";
    if (!isText) {
      if (!this.#model)
        return `needs the weights of ${model}, which its licence keeps out of this package`;
      const { config } = this.#model;
      const other = (["vocabSize", "hiddenSize", "numHiddenLayers"] as const).find(
        (size) => config[size] !== shape[size],
      );
      if (other)
        return `the weights are of another model than ${model}: ${other} is ${config[other]}, not ${shape[other]}`;
    }
    if ((isText || fact.kind === "greedy") && !this.#tokenizer) {
      return `needs the tokenizer.model of ${model}`;
    }
    if ("bars" in fact && fact.bars[this.#accuracy] === undefined) {
      return `no bar is known for ${this.#accuracy}: make a sketch of the weights in an engine that you trust`;
    }
    return undefined;
  }

  async #verdict(fact: Fact): Promise<FactVerdict> {
    switch (fact.kind) {
      case "encode":
      case "decode":
        return this.#tokens(fact.kind, fact.text, fact.ids);
      case "greedy":
        return this.#greedy(fact);
    }
    const bar = fact.bars[this.#accuracy] as number;
    const { ids } = fact;
    const tap = fact.kind === "numbers" ? fact.tap : "logits";
    const { vocabSize, hiddenSize } = this.#facts.shape;
    const rows = await this.#forward(ids, tap, tap === "logits" ? vocabSize : hiddenSize);
    if (fact.kind === "top") {
      const last = rows.pick(rows.shape[0] - 1, null);
      const logits = last.data.subarray(last.offset, last.offset + vocabSize);
      return judgeTop(logits, fact, bar);
    }
    const isWhole = rows.shape[0] === ids.length;
    if (!isWhole) throw wrongRows(tap, rows, ids.length);
    return fact.kind === "means" ? judgeMeans(rows, fact, bar) : judgeNumbers(rows, fact, bar);
  }

  async #forward(ids: readonly number[], tap: TapName, columns: number): Promise<NdArray> {
    if (this.#isLoaded) await this.#testee.reset();
    else await this.#testee.load(this.#model as SuiteModel);
    this.#isLoaded = true;
    const found = (await this.#testee.forward({ ids, pos: 0 }, [tap])).get(tap);
    if (!found) {
      throw new UnsupportedError({ op: "testee", expected: tap, got: "a testee without it" });
    }
    const rows = elementsOf(found.shape) / columns;
    if (rows !== ids.length && rows !== 1) throw wrongRows(tap, found, ids.length);
    return tensor(found.data, [rows, columns], found.offset);
  }

  async #greedy({ prompt, text, accuracy }: GreedyFact): Promise<FactVerdict> {
    const tokenizer = Tokenizer.fromBytes(this.#tokenizer as Uint8Array);
    const { vocabSize } = this.#facts.shape;
    const given = [tokenizer.bosId, ...tokenizer.encode(prompt)];
    const ids = [tokenizer.bosId, ...tokenizer.encode(prompt + text)];
    const logits = await this.#forward(ids.slice(0, -1), "logits", vocabSize);
    if (logits.shape[0] !== ids.length - 1) throw wrongRows("logits", logits, ids.length - 1);
    return judgeGreedy(logits, ids, given.length, [accuracy, this.#accuracy]);
  }

  async #tokens(
    kind: "encode" | "decode",
    text: string,
    ids: readonly number[],
  ): Promise<FactVerdict> {
    const testee = this.#testee;
    if (!testee[kind] || !testee.loadTokenizer) {
      const expected = "a tokenizer that can be loaded";
      throw new UnsupportedError({ op: "testee", expected, got: "a testee without one" });
    }
    if (!this.#hasTokenizer) {
      await testee.loadTokenizer(this.#facts.model, this.#tokenizer as Uint8Array);
      this.#hasTokenizer = true;
    }
    if (kind === "decode") {
      const got = await testee.decode?.(ids);
      if (got === text) return { status: "pass" };
      const message = `the text is ${JSON.stringify(got)}, expected ${JSON.stringify(text)}`;
      return { status: "fail", message };
    }
    const got = Array.from((await testee.encode?.(text)) ?? [], Number);
    const at = ids.findIndex((id, i) => id !== got[i]);
    if (at < 0 && got.length === ids.length) return { status: "pass" };
    const where = at < 0 ? ids.length : at;
    const message = `token ${where} is ${got[where] ?? "missing"}, expected ${ids[where] ?? "no more"}`;
    return { status: "fail", message };
  }
}

function wrongRows(tap: string, { shape }: NdArray, rows: number): Error {
  return new Error(`${tap} has shape ${formatShape(shape)}, expected ${rows} rows`);
}
