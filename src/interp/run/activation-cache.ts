/**
 * The intermediates that a run has kept, by name.
 * @module
 */
import { brief } from "../../brief.ts";
import { assertInteger } from "../../check.ts";
import type { GemmaConfig } from "../../config.ts";
import { refusals } from "../../errors.ts";
import { tapNamed } from "../../model/tap-aliases.ts";
import { tapHint } from "../../model/tap-hint.ts";
import type { TapName } from "../../model/taps.ts";
import { type JsonNumbers, toJsonNumbers } from "../../tensor/json.ts";
import { elementsOf, type NdArray, tensor } from "../../tensor/tensor.ts";
import { dtypeOf, lettersOf } from "../display/describe.ts";
import { displayed } from "../display/display.ts";
import { tapsTable } from "../display/taps-table.ts";
import { isMap, rowsAlong } from "./tensors.ts";

/** Most numbers that become JSON: some 20 MB of text. */
const MOST_IN_JSON = 2 ** 20;

/** A cache as JSON has it. */
export interface ActivationCacheJson {
  /** The ids that were run. */
  readonly ids: readonly number[];
  /** The positions that rows stand for. */
  readonly positions: readonly number[];
  /** The intermediates, by name. */
  readonly taps: Readonly<
    Record<
      string,
      {
        readonly axes: readonly string[];
        readonly shape: readonly number[];
        readonly dtype: "float32" | "float64";
        readonly data: JsonNumbers;
      }
    >
  >;
}

/**
 * Intermediates by name, in the order in which they were computed: [L, columns]; [L, heads, H] where each head has its
 * own; [N, L, S] of scores and patterns.
 */
export class ActivationCache implements Iterable<readonly [TapName, NdArray]> {
  /** The shapes of the model (docs/shapes.md). */
  readonly config: GemmaConfig;
  /** The ids that were run. */
  readonly ids: readonly number[];
  /** The positions that rows stand for. */
  readonly positions: readonly number[];
  readonly #taps: ReadonlyMap<TapName, NdArray>;

  static {
    displayed<ActivationCache>(ActivationCache.prototype, (cache) =>
      tapsTable("ActivationCache", cache.#taps, cache),
    );
  }

  constructor(
    config: GemmaConfig,
    ids: readonly number[],
    positions: readonly number[],
    taps: ReadonlyMap<TapName, NdArray>,
  ) {
    this.config = config;
    this.ids = ids;
    this.positions = positions;
    this.#taps = taps;
  }

  /** The names of what was kept, in the order in which it was computed. */
  get names(): TapName[] {
    return [...this.#taps.keys()];
  }

  /** Whether a tap of that name, in any spelling, was kept. */
  has(name: TapName | (string & {})): boolean {
    return this.#find(name) !== undefined;
  }

  /**
   * A tap, by its name in any spelling.
   * @throws {ArgumentError} if it was not kept, or there is no such tap.
   */
  get(name: TapName | (string & {})): NdArray {
    const found = this.#find(name);
    if (found) return found;
    const isTap = typeof name === "string" && tapNamed(name) !== undefined;
    const hint = isTap ? "ask for it in names" : tapHint(name, this.config);
    throw refusals("ActivationCache").argument("name", "a tap that was kept", brief(name), hint);
  }

  /**
   * What one head has of a tap with heads: [L, H], or of scores and patterns [L, S].
   * @throws {ArgumentError} if the tap has no heads, or not so many.
   */
  head(name: TapName | (string & {}), head: number): NdArray {
    const x = this.get(name);
    if (x.shape.length !== 3) {
      const expected = "a tap with heads, such as attn.hook_z";
      throw refusals("ActivationCache").argument("name", expected, brief(name));
    }
    const axis = isMap(tapNamed(name) as TapName) ? 0 : 1;
    const count = x.shape[axis];
    assertInteger("ActivationCache", "head", head, { from: 0, to: count - 1 });
    const { data } = rowsAlong(x, axis, [head]);
    return tensor(
      data,
      x.shape.filter((_, i) => i !== axis),
    );
  }

  /** Logits [L, V], if they were kept. */
  get logits(): NdArray | undefined {
    return this.#taps.get("logits");
  }

  /** Each name and its tensor, in the order in which they were computed. */
  [Symbol.iterator](): Iterator<readonly [TapName, NdArray]> {
    return this.#taps.entries();
  }

  /**
   * What `JSON.stringify` writes: the numbers of each tap in lists of lists. −∞ of masked scores is "-Infinity".
   * @throws {UnsupportedError} of more than a million numbers: `cacheToNpz` and `cacheToSafetensors` make files of them.
   */
  toJSON(): ActivationCacheJson {
    const count = this.#count;
    if (count > MOST_IN_JSON) {
      const hint =
        "keep fewer taps or positions, or write it with cacheToNpz or cacheToSafetensors";
      const expected = `at most ${MOST_IN_JSON} numbers in JSON`;
      throw refusals("ActivationCache").unsupported("toJSON", expected, count, hint);
    }
    const taps = [...this.#taps].map(([name, x]) => {
      const { shape } = x;
      const axes = lettersOf(name, this.config);
      return [name, { axes, shape, dtype: dtypeOf(x), data: toJsonNumbers(x) }] as const;
    });
    return { ids: this.ids, positions: this.positions, taps: Object.fromEntries(taps) };
  }

  get #count(): number {
    return [...this.#taps.values()].reduce((sum, { shape }) => sum + elementsOf(shape), 0);
  }

  #find(name: string): NdArray | undefined {
    const tap = typeof name === "string" ? tapNamed(name) : undefined;
    return tap && this.#taps.get(tap);
  }
}
