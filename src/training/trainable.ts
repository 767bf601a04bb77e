/**
 * A Gemma that learns: masters of its weights, and the passes that turn sequences into gradients.
 *
 * A pass is one sequence: forward.ts, the loss a few rows of logits at a time, backward.ts. Gradients are added up
 * sequence by sequence, in the order given; so a batch in several parts gives the bits of one, nothing is padded, and
 * texts beside each other never see each other. Memory is that of the longest sequence.
 * @module
 */
import type { TrainingBackend } from "../backend/backward.ts";
import { cpuBackend } from "../backend/cpu/cpu.ts";
import type { CpuHandles, CpuKV } from "../backend/cpu/handles.ts";
import type { Matmuls } from "../backend/matmuls.ts";
import { brief } from "../brief.ts";
import { assertFinite } from "../check.ts";
import type { GemmaConfig } from "../config.ts";
import { refusals } from "../errors.ts";
import { backward } from "../model/backward/backward.ts";
import { keptSlots } from "../model/backward/kept-slots.ts";
import { recomputing } from "../model/backward/recompute.ts";
import { assertIds, assertSequence } from "../model/check-ids.ts";
import { embeddingScale } from "../model/embedding-scale.ts";
import { type ForwardArguments, forward } from "../model/forward.ts";
import { type SlotOf, type Slots, separateSlots, sharedSlots } from "../model/slots.ts";
import type { RecordedTap } from "../model/taps.ts";
import { matchWeights } from "../model/weights/match.ts";
import { assertOptions, type OptionNames } from "../options.ts";
import { precisionNamed } from "../tensor/precision.ts";
import type { RowSource, WeightSource } from "../tensor/stored.ts";
import { type NdArray, tensor } from "../tensor/tensor.ts";
import { type TrainedParameter, type TrainedWeights, trainedWeights } from "./parameters.ts";
import { randomWeights } from "./random-weights.ts";
import { type OutType, sourceOf } from "./source-of.ts";
import type { TrainingSequence } from "./trains.ts";

/** How a model is trained. */
export interface TrainableOptions {
  /** Of masters, gradients and intermediates: float32 (default), or float64, which equals Google's code to 1e-12. */
  readonly precision?: "float32" | "float64";
  /** Matmuls to compute with in place of plain JavaScript: `await simdMatmuls()`. Precision float32 only. */
  readonly matmuls?: Matmuls;
  /** Keep D numbers a token and block, and compute blocks again on the way back. Same bits. Default false. */
  readonly recompute?: boolean;
  /** Which weights learn, by Hugging Face's name and shape. Default: all. The others stay as they are stored. */
  readonly trains?: (name: string, shape: readonly number[]) => boolean;
  /** Changes what is trained and by what: an adapter beside weights, a twin with a bug in it. */
  readonly adapt?: (parts: TrainingParts) => TrainingParts;
  /** Stops the reading of weights. */
  readonly signal?: AbortSignal;
}

const NAMES: OptionNames<TrainableOptions> = {
  precision: true,
  matmuls: true,
  recompute: "boolean",
  trains: "function",
  adapt: "function",
  signal: true,
};

/** What passes are made of; {@link TrainableOptions.adapt} may exchange each. */
export interface TrainingParts extends TrainedWeights {
  readonly config: GemmaConfig;
  /** Memory and kernels. */
  readonly backend: TrainingBackend<CpuHandles>;
  /** The forward page. Default forward.ts. */
  readonly forward?: typeof forward;
  /** The backward page. Default backward.ts. */
  readonly backward?: typeof backward;
}

/** What the loss of {@link TrainableModel.accumulate} is. */
export interface LossOptions {
  /** What the sum over targets is divided by: the targets of the whole batch of the optimiser. */
  readonly normalizer: number;
  /** Coefficient of the z-loss, c · log²(Σ exp logits) of each target. Default 0. */
  readonly zLoss?: number;
  /** Looked at before each sequence. */
  readonly signal?: AbortSignal;
}

const LOSS_NAMES: OptionNames<LossOptions> = { normalizer: true, zLoss: true, signal: true };
const SIGNAL_NAMES: OptionNames<{ readonly signal?: AbortSignal }> = { signal: true };

/** What a batch, or a part of one, has lost. */
export interface BatchLoss {
  /** Σ over its sequences, divided by the normalizer. */
  readonly loss: number;
  /** What each sequence adds to it, in order. */
  readonly losses: readonly number[];
  /** log p of each target, [T] of each sequence; 0 where the mask is 0. */
  readonly logprobs: readonly Float64Array[];
}

/** A gradient of the final norm's output, or of log-probs, asked for once all are known. */
type GradientOf<X> = (values: readonly X[]) => readonly X[];

/** A Gemma that learns; made by {@link TrainableModel.from} or {@link TrainableModel.random}. */
export class TrainableModel {
  /** The shapes of the model. */
  readonly config: GemmaConfig;
  /** The weights that learn, by name. */
  readonly parameters: ReadonlyMap<string, TrainedParameter>;
  /** √D. */
  readonly embedScale: number;
  readonly #parts: TrainingParts;
  /** Tensors of weights that do not learn, as they were given. */
  readonly #frozen: ReadonlyMap<string, WeightSource>;
  readonly #recompute: boolean;
  #room: Room | undefined;
  #isBusy = false;

  private constructor(
    parts: TrainingParts,
    frozen: ReadonlyMap<string, WeightSource>,
    recompute: boolean,
  ) {
    this.config = parts.config;
    this.parameters = parts.parameters;
    this.embedScale = embeddingScale(parts.config.hiddenSize);
    this.#parts = parts;
    this.#frozen = frozen;
    this.#recompute = recompute;
  }

  /**
   * From a checkpoint that is open, or the `config` and `sources` of a loaded model. Its numbers are copied: what learns is
   * the copy.
   * @throws {FormatError} if the tensors are not those of `config`.
   */
  static async from(
    source: {
      readonly config: GemmaConfig;
      readonly tensors: ReadonlyMap<string, RowSource>;
    },
    options: TrainableOptions = {},
  ): Promise<TrainableModel> {
    const op = "TrainableModel.from";
    assertOptions(op, options, NAMES);
    if (!source?.config || !source.tensors) {
      const hint =
        "openCheckpoint gives one; of a Gemma it is { config, tensors: gemma.model.sources }";
      throw refusals(op).argument("source", "{ config, tensors }", brief(source), hint);
    }
    const { config } = source;
    const { precision = "float32", trains = () => true, recompute = false, signal } = options;
    const backend = backendOf(op, precision, options.matmuls);
    const sources = await matchWeights(config, source.tensors, op, signal);
    const made = await trainedWeights(config, sources, precisionNamed(precision), trains, signal);
    const parts = { ...made, config, backend };
    const frozen = new Map([...sources].filter(([name]) => !made.parameters.has(name)));
    return new TrainableModel(options.adapt?.(parts) ?? parts, frozen, recompute);
  }

  /**
   * From scratch: matrices and the table from N(0, std²), gains 1 (norm weights 0), by `seed`.
   * @param options `std` 0.02 by default, as GPT-2 and most since.
   */
  static async random(
    config: GemmaConfig,
    options: TrainableOptions & { readonly seed: number; readonly std?: number },
  ): Promise<TrainableModel> {
    const { seed, std = 0.02, ...rest } = options;
    assertFinite("TrainableModel.random", "std", std);
    return TrainableModel.from({ config, tensors: randomWeights(config, seed, std) }, rest);
  }

  /** Forgets the gradients. */
  zeroGradients(): void {
    for (const { gradient } of this.parameters.values()) gradient.fill(0);
  }

  /**
   * Adds the gradients of the cross-entropy to those of the parameters:
   *
   *     loss = Σ mask · (−log p + c · log²(Σ exp logits)) / normalizer
   *
   * @throws {ArgumentError} if a sequence is not one of this model, or the normalizer is not above 0.
   */
  async accumulate(
    sequences: readonly TrainingSequence[],
    options: LossOptions,
  ): Promise<BatchLoss> {
    const op = "accumulate";
    assertOptions(op, options, LOSS_NAMES);
    const { normalizer, zLoss = 0, signal } = options;
    assertFinite(op, "normalizer", normalizer);
    if (!(normalizer > 0)) {
      const hint = "a batch whose masks are all 0 has no loss; leave it out";
      throw refusals(op).argument("normalizer", "a number above 0", normalizer, hint);
    }
    assertFinite(op, "zLoss", zLoss);
    this.#assertSequences(op, sequences);
    const logprobs: Float64Array[] = [];
    const losses: number[] = [];
    await this.#alone(op, async () => {
      for (const { ids, mask } of sequences) {
        signal?.throwIfAborted();
        const weights = Float64Array.from(mask, (m) => m / normalizer);
        const { logprobs: own, logSumExp } = await this.#pass(ids, weights, {
          zLoss,
          learns: true,
        });
        let loss = 0;
        for (const [t, weight] of weights.entries()) {
          if (weight !== 0) loss += weight * (zLoss * logSumExp[t] ** 2 - own[t]);
        }
        losses.push(loss);
        logprobs.push(own);
      }
    });
    return { loss: losses.reduce((sum, one) => sum + one, 0), losses, logprobs };
  }

  /** log p of each token given those before it, [T] of each sequence; 0 for the first. No gradients. */
  async logprobs(
    sequences: readonly Pick<TrainingSequence, "ids">[],
    options: { readonly signal?: AbortSignal } = {},
  ): Promise<Float64Array[]> {
    const op = "logprobs";
    assertOptions(op, options, SIGNAL_NAMES);
    this.#assertSequences(op, sequences);
    const found: Float64Array[] = [];
    await this.#alone(op, async () => {
      for (const { ids } of sequences) {
        options.signal?.throwIfAborted();
        found.push((await this.#pass(ids, everyToken(ids), { learns: false })).logprobs);
      }
    });
    return found;
  }

  /**
   * Adds the gradients of any loss of log-probs. `gradientOf` is given log p of each token (as {@link TrainableModel.logprobs}),
   * and gives ∂loss/∂(log p) of each token; a sequence of which all are 0 costs no pass back.
   */
  async accumulateOf(
    sequences: readonly Pick<TrainingSequence, "ids">[],
    gradientOf: GradientOf<Float64Array>,
    options: { readonly signal?: AbortSignal } = {},
  ): Promise<void> {
    const gradients = gradientOf(await this.logprobs(sequences, options));
    await this.#alone("accumulateOf", async () => {
      for (const [i, { ids }] of sequences.entries()) {
        options.signal?.throwIfAborted();
        // Cross-entropy with weights w has the gradient −w in log p.
        const weights = gradients[i].map((d) => -d);
        if (weights.some((w) => w !== 0)) await this.#pass(ids, weights, { learns: true });
      }
    });
  }

  /** The final norm's output, [T, D] of each sequence: what a head other than the table is put on. */
  async finals(
    sequences: readonly Pick<TrainingSequence, "ids">[],
    options: { readonly signal?: AbortSignal } = {},
  ): Promise<NdArray[]> {
    const op = "finals";
    assertOptions(op, options, SIGNAL_NAMES);
    this.#assertSequences(op, sequences);
    const found: NdArray[] = [];
    await this.#alone(op, async () => {
      for (const { ids } of sequences) {
        options.signal?.throwIfAborted();
        found.push(await this.#final(ids));
      }
    });
    return found;
  }

  /** Adds the gradients of any loss of {@link TrainableModel.finals}: `gradientOf` gives ∂loss/∂finals, [T, D] of each. */
  async accumulateOfFinals(
    sequences: readonly Pick<TrainingSequence, "ids">[],
    gradientOf: GradientOf<NdArray>,
    options: { readonly signal?: AbortSignal } = {},
  ): Promise<void> {
    const gradients = gradientOf(await this.finals(sequences, options));
    await this.#alone("accumulateOfFinals", async () => {
      for (const [i, { ids }] of sequences.entries()) {
        options.signal?.throwIfAborted();
        const pass = this.#forward(ids);
        this.#parts.backend.write(pass.dFinal, dense(gradients[i]));
        this.#backward(pass);
        await this.#done(pass);
      }
    });
  }

  /**
   * The gradients of intermediates by name, [T, columns], of the mean cross-entropy of the targets of one sequence: how
   * much each would change the loss (saliency). The parameters' gradients are left alone.
   */
  async tapGradients<Name extends RecordedTap>(
    { ids, mask }: TrainingSequence,
    names: readonly Name[],
  ): Promise<{ readonly gradients: Map<Name, NdArray>; readonly taps: Map<Name, NdArray> }> {
    const op = "tapGradients";
    this.#assertSequences(op, [{ ids, mask }]);
    const { backend, config } = this.#parts;
    const total = Array.from(mask).reduce((sum, m) => sum + m, 0);
    if (!(total > 0)) {
      const hint = "the mask counts the tokens whose loss is asked about";
      throw refusals(op).argument("mask", "at least one target", "a mask of 0", hint);
    }
    const sizes = { rows: Math.max(1, ids.length), logitRows: 0 };
    const own = [
      separateSlots(backend, config, sizes),
      separateSlots(backend, config, sizes),
    ] as const;
    const rows = { from: 0, count: ids.length };
    const readAll = async (slots: SlotOf<CpuHandles>, held: (name: Name) => RecordedTap) => {
      const read = names.map(async (name) => {
        const data = await backend.read(slots(held(name)), rows);
        return [name, tensor(data, [ids.length, data.length / ids.length])] as const;
      });
      return new Map(await Promise.all(read));
    };
    try {
      const weights = Float64Array.from(mask, (m) => m / total);
      return await this.#alone(op, async () => {
        await this.#pass(ids, weights, { learns: true, slots: own, isFrozen: true });
        return {
          taps: await readAll(own[0], (name) => name),
          gradients: await readAll(own[1], passedOn),
        };
      });
    } finally {
      for (const slots of own) slots.free();
    }
  }

  /**
   * All weights as they are now, by Hugging Face's names: for `writeSafetensors`, or for a model to be loaded from. They are
   * read when asked for.
   * @param dtype of those that learn. Default: that of the masters. The others go out as they came.
   */
  tensors(dtype?: OutType): ReadonlyMap<string, WeightSource> {
    const all = new Map<string, WeightSource>(this.#frozen);
    for (const parameter of this.parameters.values()) {
      all.set(parameter.name, sourceOf(parameter, dtype));
    }
    return all;
  }

  /** Records the forward of one sequence. */
  #forward(ids: ArrayLike<number>, slots?: readonly [SlotOf<CpuHandles>, SlotOf<CpuHandles>]) {
    const { config, backend, weights, forward: page = forward } = this.#parts;
    const room = this.#roomFor(ids.length);
    const rows = { from: 0, count: ids.length };
    backend.setIds(room.ids, ids);
    const forwardPass: ForwardArguments<CpuHandles> = {
      config,
      ops: backend.ops,
      weights,
      slots: slots?.[0] ?? room.kept,
      ids: room.ids,
      rows,
      spans: [{ ...rows, pos: 0, kv: room.kv }],
      logitRows: [],
      embedScale: this.embedScale,
    };
    page(forwardPass);
    const gradients = slots?.[1] ?? room.gradients;
    const final = forwardPass.slots("ln_final.hook_out");
    return {
      ...forwardPass,
      isOwn: slots !== undefined,
      gradients,
      final,
      dFinal: gradients("ln_final.hook_out"),
    };
  }

  /** Records the backward of one sequence, from the gradient of its final norm's output. */
  #backward(pass: RecordedForward, isFrozen = false): void {
    const { backend, gradients, backward: page = backward } = this.#parts;
    const { ops: _, logitRows: __, ...rest } = pass;
    const enterBlock =
      this.#recompute && !pass.isOwn ? recomputing(pass, this.#parts.forward) : undefined;
    const weightGradients = isFrozen ? noGradients(gradients) : gradients;
    page({ ...rest, ops: backend.backward, weightGradients, enterBlock });
  }

  /** One sequence forward, its loss, and backward unless it only looks. */
  async #pass(
    ids: ArrayLike<number>,
    targetWeights: Float64Array,
    { zLoss = 0, learns, slots, isFrozen = false }: PassOptions,
  ): Promise<{ logprobs: Float64Array; logSumExp: Float64Array }> {
    const T = ids.length;
    const logprobs = new Float64Array(T);
    const logSumExp = new Float64Array(T);
    if (targetWeights.every((w) => w === 0)) return { logprobs, logSumExp };
    const { backend, weights: table, gradients } = this.#parts;
    const pass = this.#forward(ids, slots);
    // Row t foretells token t + 1: the last foretells nothing.
    const targets = new Int32Array(T);
    const weights = new Float64Array(T);
    for (let t = 1; t < T; t++) {
      targets[t - 1] = ids[t];
      weights[t - 1] = targetWeights[t];
    }
    const byRow = { logprobs: new Float64Array(T), logSumExp: new Float64Array(T) };
    backend.backward.head(
      {
        final: pass.final,
        table: table.embedTokens,
        targets,
        weights,
        zLoss,
        ...(learns && {
          dFinal: pass.dFinal,
          dTable: isFrozen ? undefined : gradients.embedTokens,
        }),
        ...byRow,
      },
      pass.spans,
    );
    if (learns) this.#backward(pass, isFrozen);
    await this.#done(pass);
    for (let t = 1; t < T; t++) {
      if (weights[t - 1] === 0) continue;
      logprobs[t] = byRow.logprobs[t - 1];
      logSumExp[t] = byRow.logSumExp[t - 1];
    }
    return { logprobs, logSumExp };
  }

  async #final(ids: ArrayLike<number>): Promise<NdArray> {
    const pass = this.#forward(ids);
    const data = await this.#parts.backend.read(pass.final, pass.rows);
    return tensor(data, [ids.length, this.config.hiddenSize]);
  }

  /** Waits for all that was recorded: the one wait of a pass. */
  #done({ final }: RecordedForward): Promise<unknown> {
    return this.#parts.backend.read(final, { from: 0, count: 0 });
  }

  /** Tensors for sequences of `length`, kept for all that are no longer. */
  #roomFor(length: number): Room {
    if (this.#room && this.#room.length >= length) return this.#room;
    const { backend, config } = this.#parts;
    const rows = Math.min(config.maxPositionEmbeddings, Math.ceil(length / 32) * 32);
    this.#room = {
      length: rows,
      ids: backend.allocIds(rows),
      kv: backend.createKV(config, { positions: rows }),
      kept: keptSlots(backend, config, rows, this.#recompute),
      gradients: sharedSlots(backend, config, { rows, logitRows: 0 }),
    };
    return this.#room;
  }

  /** Passes share their tensors, so one call is worked at a time. */
  async #alone<T>(op: string, work: () => Promise<T>): Promise<T> {
    if (this.#isBusy) {
      const hint = "await the call before; several models may learn at the same time";
      throw refusals(op).argument("model", "a model that is not at work", "one that is", hint);
    }
    this.#isBusy = true;
    try {
      return await work();
    } finally {
      this.#isBusy = false;
    }
  }

  #assertSequences(op: string, sequences: readonly Partial<TrainingSequence>[]): void {
    const refuse = refusals(op);
    if (!Array.isArray(sequences)) {
      throw refuse.argument("sequences", "a list of sequences: { ids, mask }", brief(sequences));
    }
    for (const sequence of sequences) {
      assertIds(op, sequence.ids, this.config);
      assertSequence(op, sequence.ids, this.config);
    }
  }
}

interface PassOptions {
  readonly zLoss?: number;
  readonly learns: boolean;
  readonly slots?: readonly [SlotOf<CpuHandles>, SlotOf<CpuHandles>];
  readonly isFrozen?: boolean;
}

/** What lies in memory from one pass to the next. */
interface Room {
  /** Rows of its tensors. */
  readonly length: number;
  readonly ids: Int32Array;
  readonly kv: CpuKV;
  readonly kept: Slots<CpuHandles>;
  readonly gradients: Slots<CpuHandles>;
}

interface RecordedForward extends ForwardArguments<CpuHandles> {
  /** Whether each name has a tensor of its own. */
  readonly isOwn: boolean;
  readonly gradients: SlotOf<CpuHandles>;
  readonly final: CpuHandles["tensor"];
  readonly dFinal: CpuHandles["tensor"];
}

function backendOf(op: string, precision: string, matmuls: Matmuls | undefined) {
  if (precision !== "float32" && precision !== "float64") {
    const hint = 'masters are float32 or float64; results go out as bfloat16: tensors("bfloat16")';
    throw refusals(op).argument("precision", "float32 | float64", brief(precision), hint);
  }
  return cpuBackend({ precision, matmuls });
}

/** Each token but the first, which nothing foretells. */
function everyToken(ids: ArrayLike<number>): Float64Array {
  const weights = new Float64Array(ids.length).fill(1);
  weights[0] = 0;
  return weights;
}

function noGradients({ layers }: TrainingParts["gradients"]): TrainingParts["gradients"] {
  const none = layers.map((layer) => {
    const names = Object.keys(layer).map((name) => [name, undefined]);
    return Object.fromEntries(names) as typeof layer;
  });
  return { embedTokens: undefined, layers: none, norm: undefined };
}

/** A residual addition hands its gradient on: what it adds has that of the sum. */
function passedOn(name: RecordedTap): RecordedTap {
  return name
    .replace(/hook_mlp_out$/, "hook_resid_post")
    .replace(/hook_attn_out$/, "hook_resid_mid") as RecordedTap;
}

/** Row-major numbers of a tensor. */
function dense(x: NdArray): Float64Array {
  const [T, D] = x.shape;
  const data = new Float64Array(T * D);
  for (let t = 0; t < T; t++) for (let d = 0; d < D; d++) data[t * D + d] = x.get(t, d);
  return data;
}
