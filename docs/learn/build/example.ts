/**
 * The running example: one sentence in the bundled model, with every intermediate in float64, and the same sentence
 * under a known bug.
 *
 * It runs on the engine of src/conformance, which equals model/forward.ts bit for bit and takes bugs as changes.
 * @module
 */
import { openHfFolder } from "../../../src/checkpoint/safetensors/open.ts";
import { Engine, type Parts, type Taps } from "../../../src/conformance/engine/engine.ts";
import { type EngineModel, readWeights } from "../../../src/conformance/engine/weights.ts";
import { MUTANTS } from "../../../src/conformance/mutants/mutants.ts";
import { openFolder } from "../../../src/node/folder.ts";
import { tinyModelPath } from "../../../src/node/tiny-model.ts";
import type { NdArray } from "../../../src/tensor/tensor.ts";
import { Tokenizer } from "../../../src/tokenizer/tokenizer.ts";

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

/** All intermediates of one pass. */
export class Run {
  readonly #taps: ReadonlyMap<string, NdArray>;

  constructor(taps: Taps) {
    this.#taps = taps;
  }

  tap(name: string): NdArray {
    const found = this.#taps.get(name);
    if (found) return found;
    throw new Error(`no tap ${name}; there are ${[...this.#taps.keys()].join(" ")}`);
  }

  /** A row of what has rows and columns. */
  row(name: string, position: number): Float64Array {
    const x = this.tap(name);
    const from = x.offset + position * x.stride[0];
    return Float64Array.from(x.data.subarray(from, from + x.shape[1]));
  }
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

  private constructor(model: EngineModel, tokenizer: Tokenizer) {
    this.model = model;
    this.tokenizer = tokenizer;
    this.ids = this.encode(PROMPT + ANSWER);
    this.pieces = this.ids.map((id) => tokenizer.piece(id));
    this.#right = this.run(this.ids);
  }

  static async open(): Promise<Example> {
    const checkpoint = await openHfFolder(openFolder(tinyModelPath()));
    const { config, tensors, tokenizer } = checkpoint;
    const model = await readWeights(config, tensors);
    await checkpoint.close();
    if (tokenizer === undefined) throw new Error("the bundled model has no tokenizer");
    return new Example(model, Tokenizer.from(tokenizer.model()));
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

  /** What the sentence becomes with `parts`: a known bug's, or others. */
  effect(parts: Parts): BugEffect {
    const right = this.tap("logits").data;
    const wrong = this.run(this.ids, parts).tap("logits").data;
    let distance = 0;
    for (let i = 0; i < right.length; i++) {
      distance = Math.max(distance, Math.abs(wrong[i] - right[i]));
    }
    return { distance, said: this.continue(this.encode(PROMPT), parts) };
  }

  /** How `ids` go on, greedily, until the model ends its turn or enough is said. */
  continue(ids: readonly number[], parts: Parts = {}): string {
    const engine = new Engine(this.model, parts);
    const { eosId, endOfTurnId } = this.tokenizer;
    const said: number[] = [];
    let fed = ids;
    for (let pos = 0; said.length < SAID_TOKENS; pos += fed.length, fed = said.slice(-1)) {
      const logits = new Run(engine.feed(fed, pos)).row("logits", fed.length - 1);
      const next = largest(logits);
      if (next === eosId || next === endOfTurnId) break;
      said.push(next);
    }
    return this.tokenizer.decode([...ids, ...said]).slice(this.tokenizer.decode(ids).length);
  }
}

function largest(x: Float64Array): number {
  let best = 0;
  for (let i = 1; i < x.length; i++) if (x[i] > x[best]) best = i;
  return best;
}
