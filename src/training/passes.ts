/**
 * Passes of training: one sequence forward, its loss a few rows of logits at a time, and back.
 * @module
 */
import type { TrainingBackend } from "../backend/backward.ts";
import type { CpuHandles, CpuKV } from "../backend/cpu/handles.ts";
import type { Tape } from "../backend/record.ts";
import type { GemmaConfig } from "../config.ts";
import { refusals } from "../errors.ts";
import { turnOfTheEventLoop } from "../event-loop.ts";
import { backward } from "../model/backward/backward.ts";
import { keptSlots } from "../model/backward/kept-slots.ts";
import { blockSteps, recomputing } from "../model/backward/recompute.ts";
import { type ForwardArguments, forward } from "../model/forward.ts";
import { type SlotOf, type Slots, sharedSlots } from "../model/slots.ts";
import type { WeightSource } from "../tensor/stored.ts";
import { type NdArray, tensor } from "../tensor/tensor.ts";
import type { TrainedWeights } from "./parameters.ts";
import type { OutType } from "./source-of.ts";

/** What passes are made of. */
export interface TrainingParts extends TrainedWeights {
  /** The shapes of the model. */
  readonly config: GemmaConfig;
  /** Memory and kernels. */
  readonly backend: TrainingBackend<CpuHandles>;
  /** The forward page. Default model/forward.ts. */
  readonly forward?: typeof forward;
  /** The backward page. Default model/backward/backward.ts. */
  readonly backward?: typeof backward;
  /**
   * What `TrainableModel.tensors` gives, where parameters are not weights of the model themselves. `base` are the weights
   * that do not learn.
   */
  readonly tensors?: (
    base: ReadonlyMap<string, WeightSource>,
    dtype?: OutType,
  ) => ReadonlyMap<string, WeightSource>;
}

/** How a pass is done. */
export interface PassOptions {
  /** Coefficient of the z-loss. Default 0. */
  readonly zLoss?: number;
  /** Whether it goes back, too: adds to the gradients of weights. */
  readonly learns: boolean;
  /** Tensors for intermediates and for their gradients. Default: those that all passes share. */
  readonly slots?: readonly [SlotOf<CpuHandles>, SlotOf<CpuHandles>];
  /** Whether the gradients of weights are left alone. Default false. */
  readonly isFrozen?: boolean;
}

/** What is known of the tokens of a sequence, [T] each; 0 where the weight of a target is 0. */
export interface PassResult {
  /** log p of each token given those before it. */
  readonly logprobs: Float64Array;
  /** log Σ exp of the logits that foretold each token. */
  readonly logSumExp: Float64Array;
}

/** Runs passes. They share their tensors, so one call is worked at a time ({@link Passes.alone}). */
export class Passes {
  /** What they are made of. */
  readonly parts: TrainingParts;
  /** What embeddings are multiplied by. */
  readonly embedScale: number;
  /** Whether blocks are computed again on the way back. */
  readonly recompute: boolean;
  /** A pass works in the first; those behind it are for passes that wait for their gradients. */
  readonly #rooms: Room[] = [];
  /** By which blocks are computed again; made when they first are. */
  #steps: readonly Tape[] | undefined;
  #isBusy = false;

  constructor(parts: TrainingParts, embedScale: number, recompute: boolean) {
    this.parts = parts;
    this.embedScale = embedScale;
    this.recompute = recompute;
  }

  /** One sequence forward, its loss, and back if it learns. `targetWeights`, [T], says how much each token counts as a target. */
  async run(
    ids: ArrayLike<number>,
    targetWeights: Float64Array,
    { zLoss = 0, learns, slots, isFrozen = false }: PassOptions,
  ): Promise<PassResult> {
    const T = ids.length;
    const logprobs = new Float64Array(T);
    const logSumExp = new Float64Array(T);
    if (targetWeights.every((w) => w === 0)) return { logprobs, logSumExp };
    const { backend, weights: model, gradients } = this.parts;
    const isTied = model.lmHead === undefined;
    const pass = this.#forward(ids, { learns, slots });
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
        table: model.lmHead ?? model.embedTokens,
        targets,
        weights,
        zLoss,
        ...(learns && {
          dFinal: pass.dFinal,
          dTable: isFrozen ? undefined : isTied ? gradients.embedTokens : gradients.lmHead,
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

  /** The final norm's output [T, D] of one sequence. */
  async final(ids: ArrayLike<number>): Promise<NdArray> {
    return await this.#finalOf(this.#forward(ids, { learns: false }));
  }

  /** The same, and what goes back from its gradient: as long as no other pass works in this room. */
  async kept(
    ids: ArrayLike<number>,
    room: number,
  ): Promise<{ readonly final: NdArray; back(dFinal: NdArray): Promise<void> }> {
    const pass = this.#forward(ids, { learns: true, room });
    return { final: await this.#finalOf(pass), back: (dFinal) => this.#backFrom(pass, dFinal) };
  }

  /** One sequence forward, and back from `dFinal` [T, D], the gradient of its final norm's output. */
  async backFrom(ids: ArrayLike<number>, dFinal: NdArray): Promise<void> {
    await this.#backFrom(this.#forward(ids, { learns: true }), dFinal);
  }

  /** Does `work` while no other call does. */
  async alone<T>(op: string, work: () => Promise<T>): Promise<T> {
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

  async #finalOf({ final, rows }: RecordedForward): Promise<NdArray> {
    const data = await this.parts.backend.read(final, rows);
    await turnOfTheEventLoop();
    return tensor(data, [rows.count, this.parts.config.hiddenSize]);
  }

  async #backFrom(pass: RecordedForward, dFinal: NdArray): Promise<void> {
    this.parts.backend.write(pass.dFinal, dense(dFinal));
    this.#backward(pass);
    await this.#done(pass);
  }

  /** Records the forward of one sequence. One that does not learn keeps nothing: it works where gradients would lie. */
  #forward(
    ids: ArrayLike<number>,
    { learns, slots, room: at = 0 }: PassOptions & { readonly room?: number },
  ): RecordedForward {
    const { config, backend, weights, forward: page = forward } = this.parts;
    const room = this.#roomFor(ids.length, at);
    const rows = { from: 0, count: ids.length };
    backend.setIds(room.ids, ids);
    const forwardPass: ForwardArguments<CpuHandles> = {
      config,
      ops: backend.ops,
      weights,
      slots: slots?.[0] ?? (learns ? room.kept : room.gradients),
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
    const { backend, gradients, backward: page = backward } = this.parts;
    const { ops: _, logitRows: __, ...rest } = pass;
    const enterBlock = this.recompute && !pass.isOwn ? this.#recomputing(pass) : undefined;
    const weightGradients = isFrozen ? noGradients(gradients) : gradients;
    page({ ...rest, ops: backend.backward, weightGradients, enterBlock });
  }

  #recomputing(pass: RecordedForward): (layer: number) => void {
    const { config, forward: page } = this.parts;
    this.#steps ??= blockSteps(config, this.embedScale, page);
    return recomputing(pass, this.#steps);
  }

  /** Waits for all that was recorded: the one wait of a pass. Then timers and signals have their turn, as passes are long. */
  async #done({ final }: RecordedForward): Promise<void> {
    await this.parts.backend.read(final, { from: 0, count: 0 });
    await turnOfTheEventLoop();
  }

  /** Tensors for sequences of `length`, kept for all that are no longer. */
  #roomFor(length: number, at: number): Room {
    const known = this.#rooms[at];
    if (known && known.length >= length) return known;
    const { backend, config } = this.parts;
    const rows = Math.min(config.maxPositionEmbeddings, Math.ceil(length / 32) * 32);
    const room: Room = {
      length: rows,
      ids: backend.allocIds(rows),
      kv: backend.createKV(config, { positions: rows }),
      kept: keptSlots(backend, config, rows, this.recompute),
      gradients: sharedSlots(backend, config, { rows, logitRows: 0 }),
    };
    this.#rooms[at] = room;
    return room;
  }
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

function noGradients({ layers }: TrainingParts["gradients"]): TrainingParts["gradients"] {
  const none = layers.map((layer) => {
    const names = Object.keys(layer).map((name) => [name, undefined]);
    return Object.fromEntries(names) as typeof layer;
  });
  return { embedTokens: undefined, layers: none, norm: undefined };
}

/** Row-major numbers of a tensor. */
function dense(x: NdArray): Float64Array {
  const [T, D] = x.shape;
  const data = new Float64Array(T * D);
  for (let t = 0; t < T; t++) for (let d = 0; d < D; d++) data[t * D + d] = x.get(t, d);
  return data;
}
