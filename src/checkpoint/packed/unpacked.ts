/**
 * Weights that MLX or bitsandbytes has packed, as matrices of numbers. They stay packed where they lie: rows are
 * widened when they are read.
 * @module
 */
import { refusals } from "../../errors.ts";
import { type Quantization, quantizationName } from "../../hf-quantization.ts";
import type { RowSource } from "../../tensor/stored.ts";
import { bitsandbytes4bit, STATE } from "./bitsandbytes-4bit.ts";
import { bitsandbytes8bit } from "./bitsandbytes-8bit.ts";
import { mlxWeight } from "./mlx.ts";
import { OF_LAYER, OF_WEIGHT } from "./names.ts";
import type { Tensors } from "./parts.ts";

const op = "openHfFolder";

/** Tensors of JSON that are read at a time: on a server each is a request. */
const AT_ONCE = 8;

/** The tensors of a model. */
export interface Unpacked {
  readonly tensors: Tensors;
  /** How they were packed, in words; undefined if nothing was. */
  readonly storage?: string;
}

/**
 * `tensors` with each packed weight in the place of its parts. Those that are packed otherwise stay as they are.
 * @param quantization what the config says; bitsandbytes says all in its tensors.
 * @param file where they lie, for messages.
 * @throws {FormatError} if a part is missing or damaged, or contradicts the others or the config.
 * @throws {UnsupportedError} if they are packed for tiles of a GPU.
 */
export async function unpacked(
  tensors: Tensors,
  quantization: Quantization | undefined,
  file: string,
  signal?: AbortSignal,
): Promise<Unpacked> {
  const makers = [...tensors.keys()].flatMap((name) => makerOf(tensors, name, quantization, file));
  if (makers.length === 0) return { tensors };
  const weights = new Map<string, RowSource>();
  for (let i = 0; i < makers.length; i += AT_ONCE) {
    signal?.throwIfAborted();
    const some = makers.slice(i, i + AT_ONCE);
    const made = await Promise.all(some.map(({ make }) => make(signal)));
    for (const [j, { name }] of some.entries()) weights.set(name, made[j]);
  }
  const isPart = (name: string) =>
    weights.has(name.replace(OF_WEIGHT, ".weight")) ||
    weights.has(name.replace(OF_LAYER, ".weight"));
  const whole = [...tensors].flatMap(([name, source]) => {
    const weight = weights.get(name);
    if (weight) return [[name, weight] as const];
    return isPart(name) ? [] : [[name, source] as const];
  });
  const storage = quantization ? quantizationName(quantization) : "bitsandbytes";
  return { tensors: new Map(whole), storage };
}

/** A weight, by the part of it that tells how it is packed. */
interface Maker {
  readonly name: string;
  make(signal?: AbortSignal): RowSource | Promise<RowSource>;
}

function makerOf(
  tensors: Tensors,
  name: string,
  quantization: Quantization | undefined,
  place: string,
): Maker[] {
  const refuse = refusals(op, tensors.get(name)?.file ?? place);
  const [, packed] = STATE.exec(name) ?? [];
  if (packed !== undefined) {
    const make: Maker["make"] = (signal) => bitsandbytes4bit(tensors, packed, name, refuse, signal);
    return [{ name: packed, make }];
  }
  const [, layer, part] = /^(.+)\.(scales|SCB)$/.exec(name) ?? [];
  if (part === "SCB") {
    const make: Maker["make"] = (signal) => bitsandbytes8bit(tensors, layer, refuse, signal);
    return [{ name: `${layer}.weight`, make }];
  }
  if (part !== "scales" || !tensors.has(`${layer}.biases`)) return [];
  if (quantization?.by !== "MLX") {
    const expected = '"quantization" in config.json, as MLX writes it beside such weights';
    const hint = "get the config.json that belongs to these weights";
    throw refuse.format(name, expected, "no such field", hint);
  }
  const groups = quantization.layers.get(layer) ?? quantization;
  return [{ name: `${layer}.weight`, make: () => mlxWeight(tensors, layer, groups, refuse) }];
}
