/**
 * The running example: one sentence in the bundled model, with every intermediate in float64, and the same sentence
 * under a known bug.
 *
 * It runs on the engine of src/conformance, which equals model/forward.ts bit for bit and takes bugs as changes.
 * @module
 */
import { openHfFolder } from "../../../src/checkpoint/safetensors/open.ts";
import { Engine, type Parts } from "../../../src/conformance/engine/engine.ts";
import { type EngineModel, readWeights } from "../../../src/conformance/engine/weights.ts";
import { MUTANTS } from "../../../src/conformance/mutants/mutants.ts";
import type { PlainModel } from "../../../src/exercises/gemma.ts";
import type { Parts as Functions } from "../../../src/exercises/parts.ts";
import { Gemma } from "../../../src/gemma.ts";
import { openFolder } from "../../../src/node/folder.ts";
import { tinyModelPath } from "../../../src/node/tiny-model.ts";
import type { NdArray } from "../../../src/tensor/tensor.ts";
import { Tokenizer } from "../../../src/tokenizer/tokenizer.ts";
import { type Feeding, greedy } from "./greedy.ts";
import { PlainEngine, plainModelOf } from "./plain-engine.ts";
import { Run } from "./run.ts";

export const PROMPT = "Mira the fox had 6 plums. At the lighthouse";
export const ANSWER = " she";
/** As long as the stories of the model are. */
const SAID_TOKENS = 24;

/** What a bug does to the running example. */
export interface BugEffect {
  /** The largest difference among the logits of all 13 tokens. */
  readonly distance: number;
  /** How it goes on after the prompt, greedily. */
  readonly said: string;
}

/** What the pages compute their figures from. */
export class Example {
  readonly model: EngineModel;
  readonly tokenizer: Tokenizer;
  /** `<bos>`, the prompt and its answer: 13. */
  readonly ids: readonly number[];
  /** As the vocabulary has them: `▁fox`. */
  readonly pieces: readonly string[];
  readonly #right: Run;
  /** What bugs may make it say, as ids. */
  readonly #guesses: readonly (readonly number[])[];
  #gemma: Promise<Gemma> | undefined;
  #plain: PlainModel | undefined;

  private constructor(model: EngineModel, tokenizer: Tokenizer, guesses: readonly string[]) {
    this.model = model;
    this.tokenizer = tokenizer;
    this.ids = this.encode(PROMPT + ANSWER);
    this.pieces = this.ids.map((id) => tokenizer.piece(id));
    this.#right = this.run(this.ids);
    this.#guesses = guesses.map((said) => tokenizer.encode(said).slice(0, SAID_TOKENS));
  }

  /** @param guesses what it may be made to say, so that it need not be computed word by word: see greedy.ts. */
  static async open(guesses: readonly string[] = []): Promise<Example> {
    const checkpoint = await openHfFolder(openFolder(tinyModelPath()));
    const { config, tensors, tokenizer } = checkpoint;
    const model = await readWeights(config, tensors);
    await checkpoint.close();
    if (tokenizer === undefined) throw new Error("the bundled model has no tokenizer");
    return new Example(model, Tokenizer.from(tokenizer.model()), guesses);
  }

  /** BOS and the text's tokens. */
  encode(text: string): number[] {
    return [this.model.config.bosTokenId, ...this.tokenizer.encode(text)];
  }

  /** An intermediate of all 13 tokens: `blocks.0.hook_resid_mid`. */
  tap(name: string): NdArray {
    return this.#right.tap(name);
  }

  /** A row of an intermediate. */
  row(name: string, position: number): Float64Array {
    return this.#right.row(name, position);
  }

  /** A run of other tokens, or with other parts. */
  run(ids: readonly number[], parts: Parts = {}): Run {
    return new Run(new Engine(this.model, parts).feed(ids, 0));
  }

  /** What is changed by the bug of that id in src/conformance/mutants. */
  bug(id: string): Parts {
    const mutant = MUTANTS.find((known) => known.id === id);
    if (mutant === undefined) throw new Error(`no mutant ${id} in src/conformance/mutants`);
    return mutant.parts;
  }

  /**
   * What the sentence becomes with `parts`: a known bug's, or others.
   * @param isCausal that no token sees a later one, and positions are right in every pass: it is then computed faster.
   */
  effect(parts: Parts, isCausal = isSurelyCausal(parts)): BugEffect {
    const right = this.tap("logits").data;
    const wrong = this.run(this.ids, parts).tap("logits").data;
    let distance = 0;
    for (let i = 0; i < right.length; i++) {
      distance = Math.max(distance, Math.abs(wrong[i] - right[i]));
    }
    return { distance, said: this.continue(this.encode(PROMPT), parts, isCausal) };
  }

  /** The same model in plain arrays. */
  get plain(): PlainModel {
    this.#plain ??= plainModelOf(this.model);
    return this.#plain;
  }

  /** What the sentence becomes with functions of src/exercises in it, a known mistake's say; the rest is right. */
  effectOf(functions: Partial<Functions>): BugEffect {
    const engine = new PlainEngine(this.plain, functions);
    const right = this.tap("logits").data;
    const wrong = new Run(engine.feed(this.ids, 0)).tap("logits").data;
    let distance = 0;
    for (let i = 0; i < right.length; i++) {
      distance = Math.max(distance, Math.abs(wrong[i] - right[i]));
    }
    return { distance, said: this.#said(engine, this.encode(PROMPT), this.#guesses) };
  }

  /**
   * The same model as a program has it, to be looked into with src/interp: in float32, which is right to five digits and
   * four times as fast, for pages that need many runs.
   */
  gemma(): Promise<Gemma> {
    this.#gemma ??= Gemma.load(tinyModelPath(), { backend: "wasm" });
    return this.#gemma;
  }

  /** Closes the files that {@link gemma} reads. */
  async close(): Promise<void> {
    await (await this.#gemma)?.dispose();
    this.#gemma = undefined;
  }

  /** How `ids` go on, greedily, until the model ends its turn or enough is said. */
  continue(ids: readonly number[], parts: Parts = {}, isCausal = isSurelyCausal(parts)): string {
    return this.#said(new Engine(this.model, parts), ids, isCausal ? this.#guesses : []);
  }

  #said(engine: Feeding, ids: readonly number[], guesses: readonly (readonly number[])[]): string {
    const { eosId, endOfTurnId } = this.tokenizer;
    const isEnd = (id: number) => id === eosId || id === endOfTurnId;
    const said = greedy(engine, ids, { most: SAID_TOKENS, isEnd, guesses });
    return this.tokenizer.decode([...ids, ...said]).slice(this.tokenizer.decode(ids).length);
  }
}

/** Whether texts may be guessed without a look at what `parts` do. */
function isSurelyCausal({ wiring, components }: Parts): boolean {
  return wiring === undefined && components?.attention === undefined;
}
