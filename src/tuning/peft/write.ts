/**
 * Adapters as PEFT reads them: `PeftModel.from_pretrained(model, folder)`. An adapter that was read and not changed is
 * written as it came, to the byte.
 * @module
 */
import { brief } from "../../brief.ts";
import { assertOneOf } from "../../check.ts";
import { asType } from "../../checkpoint/encode/as-type.ts";
import {
  SAFETENSORS_TYPES,
  type SafetensorsType,
  safetensorsType,
} from "../../checkpoint/encode/encode.ts";
import { writeSafetensors } from "../../checkpoint/safetensors/write.ts";
import { refusals } from "../../errors.ts";
import { assertOptions, type OptionNames } from "../../options.ts";
import type { FileStream } from "../../source/file-stream.ts";
import { heldWeight } from "../../tensor/held.ts";
import { derived, type RowSource, type WeightSource } from "../../tensor/stored.ts";
import type { Adapter } from "../lora/adapter.ts";
import { moduleOf } from "../lora/settings.ts";
import { ADAPTER_WEIGHTS, factorNames, type PeftAdapter, PREFIX } from "./adapter.ts";
import { ADAPTER_CONFIG, peftConfigText } from "./config.ts";
import type { ScoringAdapter } from "./score.ts";

/** Options of {@link writeAdapter}. */
export interface WriteAdapterOptions {
  /** How numbers are stored. Default: as they were read; float32 of an adapter that was trained here. */
  readonly type?: SafetensorsType;
  /** The model that the adapter belongs to, for its config: a path, or a name on Hugging Face. Default: as it was read. */
  readonly base?: string;
}

const NAMES: OptionNames<WriteAdapterOptions> = { type: true, base: true };
const OP = "writeAdapter";

/**
 * The two files of an adapter, by name.
 * @throws {UnsupportedError} while they are written, if a number is too large for `type`.
 */
export function writeAdapter(
  adapter: Adapter | PeftAdapter | ScoringAdapter,
  options: WriteAdapterOptions = {},
): ReadonlyMap<string, FileStream> {
  assertOptions(OP, options, NAMES);
  const { type, base } = options;
  assertOneOf(OP, "type", type, SAFETENSORS_TYPES);
  if (base !== undefined && typeof base !== "string") {
    throw refusals(OP).argument("base", "a text", brief(base));
  }
  const known: Partial<PeftAdapter> = adapter;
  const tensors = sorted(tensorsOf(adapter, (name) => type ?? known.types?.get(name)));
  const isAsItCame = known.configText !== undefined && (base === undefined || base === known.base);
  const config = isAsItCame
    ? (known.configText as string)
    : peftConfigText(adapter.settings, base ?? known.base, known.task ?? "CAUSAL_LM");
  return new Map([
    [ADAPTER_CONFIG, bytesStream(new TextEncoder().encode(config))],
    [ADAPTER_WEIGHTS, writeSafetensors(tensors)],
  ]);
}

/** Its tensors, by their names in the file. */
function tensorsOf(
  { pairs, whole }: Adapter,
  typeOf: (name: string) => SafetensorsType | undefined,
): WeightSource[] {
  const typed = (source: WeightSource) =>
    asType(source, typeOf(source.name) ?? safetensorsType(source.dtype));
  const factors = [...pairs].flatMap(([name, { a, b }]) => {
    const [ofA, ofB] = factorNames(moduleOf(name));
    return [typed(heldWeight(ofA, a)), typed(heldWeight(ofB, b))];
  });
  const others = [...whole].map(([name, source]) =>
    typed(derived(source, { name: `${PREFIX}${name}` })),
  );
  return [...factors, ...others];
}

const WIDE_FIRST: readonly SafetensorsType[] = ["F64", "F32", "BF16", "F16"];

/** As safetensors' own writer sorts them (src/tensor.rs, `prepare`): wide numbers first, then by name. */
function sorted(tensors: readonly WeightSource[]): ReadonlyMap<string, RowSource> {
  const width = ({ dtype }: WeightSource) => WIDE_FIRST.indexOf(safetensorsType(dtype));
  const before = (a: string, b: string) => (a < b ? -1 : 1);
  const order = tensors.toSorted((a, b) => width(a) - width(b) || before(a.name, b.name));
  return new Map(order.map((source) => [source.name, source]));
}

function bytesStream(bytes: Uint8Array): FileStream {
  return {
    size: bytes.length,
    async *chunks() {
      yield bytes.slice();
    },
  };
}
