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
import { parseTap, type TapName } from "../../model/taps.ts";
import { formatBytes } from "../../table.ts";
import { elementsOf, type FloatArray, type NdArray, tensor } from "../../tensor/tensor.ts";
import { figureCells, figuresOf, flat, lettersOf, shapeText } from "../display/describe.ts";
import { type DisplayTable, displayed } from "../display/display.ts";
import { isMap, rowsAlong } from "./tensors.ts";

/** Most numbers that become JSON: some 20 MB of text. */
const MOST_IN_JSON = 2 ** 20;

/** Most lines of taps; of more, those of one name in all blocks share a line. */
const MOST_LINES = 32;

/** A number in JSON, which has none that is not finite. */
export type JsonNumber = number | "-Infinity" | "Infinity" | "NaN";

/** Numbers in JSON, a list for each axis. */
export type JsonNumbers = readonly JsonNumber[] | readonly JsonNumbers[];

/** A cache as JSON has it. */
export interface ActivationCacheJson {
  readonly ids: readonly number[];
  readonly positions: readonly number[];
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
  readonly config: GemmaConfig;
  /** The ids that were run. */
  readonly ids: readonly number[];
  /** The positions that rows stand for. */
  readonly positions: readonly number[];
  readonly #taps: ReadonlyMap<TapName, NdArray>;

  static {
    displayed<ActivationCache>(ActivationCache.prototype, (cache) => cache.#table());
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
      return [name, { axes, shape, dtype: dtypeOf(x), data: nested(flat(x), shape) }] as const;
    });
    return { ids: this.ids, positions: this.positions, taps: Object.fromEntries(taps) };
  }

  get #count(): number {
    return [...this.#taps.values()].reduce((sum, { shape }) => sum + elementsOf(shape), 0);
  }

  #table(): DisplayTable {
    const bytes = [...this.#taps.values()].map((x) => flat(x).byteLength);
    const [first] = this.#taps.values();
    const size = formatBytes(bytes.reduce((a, b) => a + b, 0));
    const said = first ? `, ${size} in ${dtypeOf(first)}` : "";
    const groups = grouped(this.names, this.#taps.size > MOST_LINES);
    const rows = [...groups].map(([title, names]) => {
      const tensors = names.map((name) => this.#taps.get(name) as NdArray);
      const shape = shapeText(lettersOf(names[0], this.config), tensors[0].shape);
      return [title, shape, ...figureCells(figuresOf(tensors))];
    });
    return {
      caption: `ActivationCache: ${rowsText(this.positions, this.ids)}, ${counted(this.#taps.size, "tap")}${said}`,
      head: ["tap", "shape", "mean", "min", "max", ""],
      align: "llrrrl",
      rows,
    };
  }

  #find(name: string): NdArray | undefined {
    const tap = typeof name === "string" ? tapNamed(name) : undefined;
    return tap && this.#taps.get(tap);
  }
}

function dtypeOf({ data }: NdArray): "float32" | "float64" {
  return data instanceof Float64Array ? "float64" : "float32";
}

/** A list for each axis. */
function nested(data: FloatArray, shape: readonly number[]): JsonNumbers {
  if (shape.length <= 1) return Array.from(data, (x) => (Number.isFinite(x) ? x : wordFor(x)));
  const size = data.length / shape[0];
  return Array.from({ length: shape[0] }, (_, i) =>
    nested(data.subarray(i * size, (i + 1) * size), shape.slice(1)),
  );
}

function wordFor(x: number): JsonNumber {
  if (Number.isNaN(x)) return "NaN";
  return x > 0 ? "Infinity" : "-Infinity";
}

/** Names by what a line calls them: each by itself, or those within blocks together, `blocks.0…17.hook_resid_post`. */
function grouped(names: readonly TapName[], isTogether: boolean): ReadonlyMap<string, TapName[]> {
  if (!isTogether) return new Map(names.map((name) => [name, [name]]));
  const byTap = new Map<string, TapName[]>();
  for (const name of names) {
    const { layer, tap } = parseTap(name);
    const key = layer === undefined ? name : `blocks.*.${tap}`;
    byTap.set(key, [...(byTap.get(key) ?? []), name]);
  }
  const titled = [...byTap].map(([key, members]) => {
    const layers = members.map((name) => parseTap(name).layer ?? 0).sort((a, b) => a - b);
    return [key.replace("*", stretches(layers)), members] as const;
  });
  return new Map(titled);
}

/** `[0, 1, 2, 5]` → `0…2,5`. */
function stretches(numbers: readonly number[]): string {
  const parts: [first: number, last: number][] = [];
  for (const n of numbers) {
    const open = parts.at(-1);
    if (open && n === open[1] + 1) open[1] = n;
    else parts.push([n, n]);
  }
  return parts.map(([first, last]) => (first === last ? `${first}` : `${first}…${last}`)).join(",");
}

function rowsText(positions: readonly number[], ids: readonly number[]): string {
  const all = counted(ids.length, "token");
  return positions.length === ids.length ? all : `positions ${stretches(positions)} of ${all}`;
}

function counted(count: number, one: string): string {
  return `${count} ${one}${count === 1 ? "" : "s"}`;
}
