/**
 * A setting under way: its rounds, and the figures that come of them.
 * @module
 */
import type { Handles } from "../backend/backend.ts";
import type { Model } from "../model/model.ts";
import { elementsOf } from "../tensor/tensor.ts";
import type {
  Adapter,
  BenchRun,
  MemoryUse,
  ProfileFigures,
  Rate,
  Setting,
  Timed,
} from "./figures.ts";
import type { Limits } from "./limits/limits.ts";
import { residentBytes } from "./memory.ts";
import { Subject } from "./subject.ts";
import { prefillOperations, storedBytes } from "./work.ts";

/** Seconds of each round. */
interface Times {
  readonly prefill: number[];
  readonly decode: number[];
}

export class Contender<Dev extends Handles = Handles> {
  readonly setting: Setting;
  readonly #model: Model<Dev>;
  readonly #subject: Subject<Dev>;
  readonly #alone: Times = { prefill: [], decode: [] };
  readonly #busy: Times = { prefill: [], decode: [] };
  /** Of the first round. */
  #memory: MemoryUse | undefined;

  private constructor(setting: Setting, model: Model<Dev>, subject: Subject<Dev>) {
    this.setting = setting;
    this.#model = model;
    this.#subject = subject;
  }

  /** @param model its weights are in the backend of the setting. */
  static async create<Dev extends Handles>(
    setting: Setting,
    model: Model<Dev>,
  ): Promise<Contender<Dev>> {
    return new Contender(setting, model, await Subject.create(model, setting));
  }

  /** Bytes of the weights as stored. */
  get weightBytes(): number {
    return storedBytes(this.#model.sources.values());
  }

  warmUp(signal?: AbortSignal): Promise<void> {
    return this.#subject.warmUp(signal);
  }

  /** Measures once more. */
  async round(how: "alone" | "busy", signal?: AbortSignal): Promise<void> {
    const { prefill, decode } = how === "busy" ? this.#busy : this.#alone;
    prefill.push(await this.#subject.prefill(signal));
    const before = residentBytes();
    decode.push(await this.#subject.decode(signal));
    const after = residentBytes();
    if (before && after) this.#memory ??= this.#memoryUse(before.now, after);
  }

  #memoryUse(before: number, { now, peak }: { now: number; peak: number }): MemoryUse {
    const grown = now - before;
    const decodedTokens = this.setting.batch * this.setting.decode;
    return {
      peak,
      peakShare: peak / this.weightBytes,
      grown,
      grownShare: grown / before,
      decodedTokens,
    };
  }

  /**
   * The figures of all rounds, and a profile, which is measured now.
   * @param measured `adapter` where a GPU computes; `isAlone`: whether what is resident is this one's.
   */
  async figures(
    measured: { readonly limits: Limits; readonly adapter?: Adapter; readonly isAlone: boolean },
    signal?: AbortSignal,
  ): Promise<BenchRun> {
    const { limits, adapter, isAlone } = measured;
    const { name, config, prefill: _, decode: __, ...said } = this.setting;
    const shapes = [...this.#model.sources.values()].map(({ shape }) => shape);
    return {
      config: name,
      ...said,
      layers: config.numHiddenLayers,
      parameters: shapes.reduce((sum, shape) => sum + elementsOf(shape), 0),
      weightBytes: this.weightBytes,
      ...this.#rates(this.#alone),
      ...(this.#busy.decode.length > 0 && { busy: this.#rates(this.#busy) }),
      limits,
      ...(adapter && { adapter }),
      ...(isAlone && this.#memory && { memory: this.#memory }),
      profile: await this.#profile(adapter ? "kind by kind" : "step by step", signal),
    };
  }

  async #profile(
    way: "step by step" | "kind by kind",
    signal?: AbortSignal,
  ): Promise<ProfileFigures> {
    const { prefill, decode } = await this.#subject.profile(way, signal);
    const recording = prefill.recording !== undefined &&
      decode.recording !== undefined && { prefill: prefill.recording, decode: decode.recording };
    return { prefill: prefill.lines, decode: decode.lines, ...(recording && { recording }) };
  }

  #rates(times: Times): Timed {
    const { config, prefill, decode, batch } = this.setting;
    const first = rate(prefill, times.prefill);
    const rest = rate(batch * decode, times.decode);
    return {
      prefill: { ...first, gigaflops: prefillOperations(config, prefill) / first.seconds / 1e9 },
      decode: { ...rest, gigabytesPerSecond: (decode * this.weightBytes) / rest.seconds / 1e9 },
    };
  }

  dispose(): void {
    this.#subject.dispose();
  }
}

/** The best of these rounds, and their median. */
function rate(tokens: number, rounds: readonly number[]): Rate {
  const sorted = [...rounds].sort((a, b) => a - b);
  const [best, median] = [sorted[0], sorted[sorted.length >> 1]];
  return {
    tokens,
    tokensPerSecond: tokens / best,
    medianTokensPerSecond: tokens / median,
    seconds: best,
    rounds: rounds.length,
  };
}
