/** What specs of training are made of: parameters in plain arrays, a tiny model, files in memory. */

import { xoshiro128 } from "../../src/random.ts";
import type { ByteSource } from "../../src/source/byte-source.ts";
import { bytesSource } from "../../src/source/byte-source.ts";
import type { FileStream } from "../../src/source/file-stream.ts";
import { elementsOf, type FloatArray } from "../../src/tensor/tensor.ts";
import type { BatchSource } from "../../src/training/run/batch.ts";
import { train } from "../../src/training/run/trainer.ts";
import type { RunOptions } from "../../src/training/run/training-run.ts";
import type { Parameter, TrainingSequence, Trains } from "../../src/training/trains.ts";
import { whole } from "./whole.ts";

/** A parameter with its numbers and its gradient; a vector unless it has a shape. */
export function parameter(
  name: string,
  data: ArrayLike<number>,
  gradient?: ArrayLike<number>,
  shape: readonly number[] = [data.length],
): Parameter & { readonly gradient: Float64Array } {
  const zeros = new Float64Array(elementsOf(shape));
  const own = gradient ? Float64Array.from(gradient) : zeros;
  return { name, shape, data: Float64Array.from(data), gradient: own };
}

/** A bigram model: logits of the next token are a row of a table [V, V], to which a bias [V] is added. */
export class Bigrams implements Trains {
  readonly parameters: ReadonlyMap<string, Parameter>;
  readonly #V: number;

  constructor(V: number, seed = 1, Storage: new (n: number) => FloatArray = Float32Array) {
    this.#V = V;
    const random = xoshiro128(seed);
    const made = (name: string, shape: readonly number[]): Parameter => {
      const data = new Storage(elementsOf(shape)).map(() => random() - 0.5) as FloatArray;
      return { name, shape, data, gradient: new Storage(data.length) };
    };
    const frozen = { ...made("frozen", [2]), gradient: undefined };
    const all: Parameter[] = [made("table", [V, V]), made("bias", [V]), frozen];
    this.parameters = new Map(all.map((one) => [one.name, one]));
  }

  zeroGradients(): void {
    for (const { gradient } of this.parameters.values()) gradient?.fill(0);
  }

  async accumulate(
    sequences: readonly TrainingSequence[],
    { normalizer }: { readonly normalizer: number },
  ): Promise<{ readonly losses: readonly number[] }> {
    return { losses: sequences.map((sequence) => this.#one(sequence, normalizer)) };
  }

  #one({ ids, mask }: TrainingSequence, normalizer: number): number {
    const V = this.#V;
    const [table, bias] = ["table", "bias"].map((name) => this.parameters.get(name) as Parameter);
    const [dTable, dBias] = [table, bias].map(({ gradient }) => gradient as FloatArray);
    let loss = 0;
    for (let t = 1; t < ids.length; t++) {
      const weight = mask[t] / normalizer;
      const row = Array.from(bias.data, (b, v) => b + table.data[ids[t - 1] * V + v]);
      const lse = Math.log(row.reduce((sum, x) => sum + Math.exp(x), 0));
      loss += weight * (lse - row[ids[t]]);
      for (let v = 0; v < V; v++) {
        const d = weight * (Math.exp(row[v] - lse) - (v === ids[t] ? 1 : 0));
        dTable[ids[t - 1] * V + v] += d;
        dBias[v] += d;
      }
    }
    return loss;
  }
}

/** These batches, one after another. */
export function listed(batches: readonly (readonly TrainingSequence[])[]): BatchSource {
  let at = 0;
  return {
    next: async () => batches[at++],
    state: () => at,
    restore: (state) => {
      at = Number(state);
    },
  };
}

/** Random sequences of ids below V, of 2 to 9 tokens, each with a target. */
export function randomSequences(count: number, V: number, seed = 3): TrainingSequence[] {
  const random = xoshiro128(seed);
  return Array.from({ length: count }, () => {
    const ids = Array.from({ length: 2 + Math.floor(random() * 8) }, () =>
      Math.floor(random() * V),
    );
    const mask = ids.map((_, t) => (t === 1 || (t > 0 && random() < 0.7) ? 1 : 0));
    return { ids, mask };
  });
}

/** All numbers of a model that learn, and of what its optimiser remembers, as bits. */
export function bitsOf(
  { parameters }: Pick<Trains, "parameters">,
  optimizer: { state(): ReadonlyMap<string, { readonly data: FloatArray }> },
): string {
  const learning = [...parameters.values()].filter(({ gradient }) => gradient);
  const arrays = [...learning, ...optimizer.state().values()].map(({ data }) => data);
  return arrays
    .map(({ buffer, byteOffset, byteLength }) =>
      new Uint32Array(buffer, byteOffset, byteLength / 4).join(),
    )
    .join(";");
}

/** A file in memory, as something to be read. */
export async function inMemory(file: FileStream): Promise<ByteSource> {
  return bytesSource(await whole(file), "run.safetensors");
}

/** What a run is made of, each time anew. */
export interface Makes<Model extends Trains<Item>, Item = TrainingSequence> {
  /** Weights to begin with may differ by `part`: all that counts is in the file. */
  model(part: number): Model | Promise<Model>;
  batches(model: Model): BatchSource<Item>;
  options(): RunOptions & { readonly steps?: number };
}

/**
 * What its steps report, and the bits of a run that is stopped when so many sequences have been added up since it began or went on, and goes on from
 * its file with new objects; `[]` is not stopped at all.
 */
export async function stopping<Model extends Trains<Item>, Item = TrainingSequence>(
  makes: Makes<Model, Item>,
  moments: readonly number[],
): Promise<string> {
  let file: ByteSource | undefined;
  const reports: string[] = [];
  for (let part = 0; ; part++) {
    const [model, options] = [await makes.model(part), makes.options()];
    const aborter = new AbortController();
    const { signal } = aborter;
    const save = async (written: FileStream) => {
      file = await inMemory(written);
    };
    const run = train(abortingAfter(model, moments[part], aborter), makes.batches(model), {
      ...{ ...options, signal, save, resume: file },
    });
    try {
      for await (const { step, loss, targets, gradientNorm, lr, figures } of run) {
        reports.push(JSON.stringify([step, loss, targets, gradientNorm, lr, figures]));
      }
      return `${reports.join("\n")}\n${bitsOf(model, options.optimizer)}`;
    } catch (error) {
      if (error !== signal.reason) throw error;
    }
  }
}

/** `model`, whose signal is aborted as soon as so many sequences have been added up. */
export function abortingAfter<Item = TrainingSequence>(
  model: Trains<Item>,
  count: number | undefined,
  aborter: AbortController,
): Trains<Item> {
  let done = 0;
  return {
    parameters: model.parameters,
    zeroGradients: () => model.zeroGradients(),
    normalizerOf: model.normalizerOf?.bind(model),
    tokensOf: model.tokensOf?.bind(model),
    accumulate: async (items, options) => {
      const found = await model.accumulate(items, options);
      done += items.length;
      if (done === count) aborter.abort();
      return found;
    },
  };
}
