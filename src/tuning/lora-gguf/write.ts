/**
 * Adapters as llama.cpp reads them: `llama-cli -m BASE.gguf --lora FILE`. read.ts has what is in the file.
 *
 * A file has one alpha. A pair with another scale than alpha / r has the quotient of the two multiplied into B.
 * @module
 */
import { assertOneOf } from "../../check.ts";
import { byName } from "../../checkpoint/dtypes.ts";
import { encodeTensor } from "../../checkpoint/encode/encode.ts";
import { GgufBuilder } from "../../checkpoint/gguf/builder.ts";
import { ggufName } from "../../checkpoint/gguf/tensor-names.ts";
import { refusals } from "../../errors.ts";
import { assertOptions, type OptionNames } from "../../options.ts";
import type { FileStream } from "../../source/file-stream.ts";
import { heldWeight } from "../../tensor/held.ts";
import type { WeightSource } from "../../tensor/stored.ts";
import { elementsOf, tensor } from "../../tensor/tensor.ts";
import { type Adapter, isHead, type LoraPair } from "../lora/adapter.ts";

/** The types in which factors are written. */
export type LoraGgufType = "F32" | "F16" | "BF16";

const TYPES: readonly LoraGgufType[] = ["F32", "F16", "BF16"];

/** Options of {@link writeLoraGguf}. */
export interface WriteLoraGgufOptions {
  /** How factors are stored. Default F32. */
  readonly type?: LoraGgufType;
  /** What the file calls the adapter. Default: the adapter's own name. */
  readonly name?: string;
}

const NAMES: OptionNames<WriteLoraGgufOptions> = { type: true, name: true };
const OP = "writeLoraGguf";
const ALIGNMENT = 32;

/**
 * A GGUF file of an adapter.
 * @throws {UnsupportedError} if weights were trained whole beside the factors: llama.cpp has no place for them.
 */
export function writeLoraGguf(adapter: Adapter, options: WriteLoraGgufOptions = {}): FileStream {
  assertOptions(OP, options, NAMES);
  const { type = "F32", name = adapter.name } = options;
  assertOneOf(OP, "type", type, TYPES);
  assertFactorsAlone(adapter);
  const { alpha } = adapter.settings;
  const tensors = [...adapter.pairs].flatMap(([weight, pair]) => factorsOf(weight, pair, alpha));
  const builder = new GgufBuilder();
  builder.string("general.architecture", "gemma");
  builder.string("general.type", "adapter");
  builder.string("general.name", name);
  builder.string("adapter.type", "lora");
  builder.float32("adapter.lora.alpha", alpha);
  const { bytes: width, gguf } = byName(type);
  const sizes = tensors.map(({ shape }) => elementsOf(shape) * width);
  let offset = 0;
  for (const [i, source] of tensors.entries()) {
    builder.tensor(source.name, source.shape, gguf, offset);
    offset += padded(sizes[i]);
  }
  const header = builder.finish(tensors.length, ALIGNMENT);
  return {
    size: header.length + offset,
    async *chunks(signal) {
      yield header;
      for (const [i, source] of tensors.entries()) {
        yield* encodeTensor(source, type, 0, signal);
        yield new Uint8Array(padded(sizes[i]) - sizes[i]);
      }
    },
  };
}

function assertFactorsAlone({ whole, name: file }: Adapter): void {
  const [name] = whole.keys();
  if (name === undefined) return;
  const hint = isHead(name)
    ? "llama.cpp has no head that scores"
    : "merge the adapter into its model, and write that";
  throw refusals(OP, file).unsupported(
    name,
    "factors alone",
    "a weight that was trained whole",
    hint,
  );
}

function factorsOf(weight: string, { a, b, scale }: LoraPair, alpha: number): WeightSource[] {
  const name = ggufName(weight);
  const [rows, r] = b.shape;
  const said = Math.fround(alpha) / r;
  const more = said === 0 ? scale : scale / said;
  if (more === 1) return [heldWeight(`${name}.lora_a`, a), heldWeight(`${name}.lora_b`, b)];
  const data = new Float64Array(rows * r);
  for (let f = 0; f < rows; f++) for (let j = 0; j < r; j++) data[f * r + j] = more * b.get(f, j);
  return [heldWeight(`${name}.lora_a`, a), heldWeight(`${name}.lora_b`, tensor(data, [rows, r]))];
}

const padded = (bytes: number) => Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
