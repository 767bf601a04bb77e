/**
 * The options of `bench`, as what is measured. Those that take a list make a setting of each combination.
 * @module
 */
import { availableParallelism } from "node:os";
import type { BackendName } from "../../backend/named.ts";
import { integerType } from "../../backend/wasm/formats/int8/formats.ts";
import { simdOfThisMachine } from "../../backend/wasm/machine.ts";
import type { Activations } from "../../backend/wasm/wasm.ts";
import type { Setting } from "../../bench/figures.ts";
import type { SyntheticDType } from "../../bench/synthetic.ts";
import { DTYPES } from "../../checkpoint/dtypes.ts";
import { GEMMA_2B, GEMMA_7B, type GemmaConfig } from "../../config.ts";
import type { PrecisionName } from "../../tensor/precision.ts";
import { choiceOption, integerOption, type Meanings, UsageError, type Values } from "../command.ts";

/** A model that is no model: small enough to see in a second whether all of this works. */
const TINY: GemmaConfig = {
  ...GEMMA_2B,
  vocabSize: 1024,
  hiddenSize: 256,
  intermediateSize: 512,
  numHiddenLayers: 2,
  numAttentionHeads: 4,
  headDim: 64,
};

const CONFIGS = { "2b": GEMMA_2B, "7b": GEMMA_7B, tiny: TINY };
type ConfigName = keyof typeof CONFIGS;
const CONFIG_NAMES = Object.keys(CONFIGS) as ConfigName[];

/** Our dtypes by their names in files, in lower case: bf16, q8_0. */
const DTYPE_NAMES: Readonly<Record<string, SyntheticDType>> = Object.fromEntries(
  DTYPES.flatMap(({ name, dtype }) => (dtype === "float64" ? [] : [[name.toLowerCase(), dtype]])),
);

/** The backends whose limits are measured beside them. */
const MEASURED = ["cpu", "wasm", "webgpu"] as const satisfies readonly BackendName[];

const DTYPES_MEANT: Meanings<string> = {
  words: {
    f32: "fp32 float32 float",
    f16: "fp16 float16 half",
    bf16: "bfloat16",
    q8_0: "q8 int8 8bit",
    q4_0: "q4 int4 4bit",
    q3_k: "q3_k_m q3_k_s q3_k_l",
    q4_k: "q4_k_m q4_k_s",
    q5_k: "q5_k_m q5_k_s",
  },
};

const ACTIVATIONS: readonly Activations[] = ["float32", "int8"];
const ACTIVATIONS_MEANT: Meanings<Activations> = {
  words: { float32: "f32 fp32 float", int8: "i8 q8 q8_0 8bit" },
};

/** Tokens of a prompt, and steps of decoding, where the options do not say. */
const [PREFILL, DECODE] = [128, 16];

export const SETTING_OPTIONS = {
  config: { type: "string", value: "NAME", help: "2b, 7b or tiny (default: 2b)" },
  layers: { type: "string", value: "N", help: "The first N layers only (default: all)" },
  dtype: {
    type: "string",
    value: "LIST",
    help: `Weights in ${Object.keys(DTYPE_NAMES).join(", ")} (default: bf16)` as string,
  },
  backend: {
    type: "string",
    value: "NAME",
    help: `Computes the numbers: ${MEASURED.join(", ")} (default: wasm in float32, else cpu)` as string,
  },
  threads: {
    type: "string",
    value: "LIST",
    help: "Threads of wasm (default: as many as cores)",
  },
  activations: {
    type: "string",
    value: "LIST",
    help: "float32, int8 (of q8_0, q4_0, q2_k to q6_k; wasm only)",
  },
  prefill: { type: "string", value: "N", help: "Tokens of the prompt (default: 128)" },
  decode: { type: "string", value: "N", help: "Steps of decoding (default: 16)" },
  batch: { type: "string", value: "LIST", help: "Sequences decoded together (default: 1)" },
  position: {
    type: "string",
    value: "LIST",
    help: "Tokens before those decoded (default: --prefill)",
  },
} as const;

/**
 * What the options ask for.
 * @param precision the arithmetic that is asked for; the usual backend goes by it.
 * @throws {UsageError} if an option is not understood, or does nothing with this backend.
 */
export function settingsOf(
  values: Values<typeof SETTING_OPTIONS>,
  precision: PrecisionName = "float32",
): Setting[] {
  const name = choiceOption("config", values.config, CONFIG_NAMES) ?? "2b";
  const whole = CONFIGS[name];
  const layers = integerOption("layers", values.layers, 1, whole.numHiddenLayers);
  const config = { ...whole, numHiddenLayers: layers ?? whole.numHiddenLayers };
  const context = config.maxPositionEmbeddings;
  const decode = integerOption("decode", values.decode, 1, context - 1) ?? DECODE;
  const prefill = integerOption("prefill", values.prefill, 1, context) ?? PREFILL;
  const usual: BackendName = precision === "float32" ? "wasm" : "cpu";
  const backend = choiceOption("backend", values.backend, MEASURED) ?? usual;
  const integers = (option: "threads" | "batch" | "position", least: number, most?: number) =>
    each(values[option], (text) => integerOption(option, text, least, most) as number);
  const dtypes = each(values.dtype, (text) => {
    return choiceOption("dtype", text, Object.keys(DTYPE_NAMES), DTYPES_MEANT) as string;
  }) ?? ["bf16"];
  const activations = each(values.activations, (text) => {
    return choiceOption("activations", text, ACTIVATIONS, ACTIVATIONS_MEANT) as Activations;
  });
  const threads = integers("threads", 1, 256);
  if (backend !== "wasm") assertPlain(backend, activations, threads);
  const usualThreads = { cpu: 1, wasm: availableParallelism(), webgpu: undefined };
  const counts = threads ?? [usualThreads[backend]];
  const batches = integers("batch", 1, 1024) ?? [1];
  const positions = integers("position", 0, context - decode) ?? [
    Math.min(prefill, context - decode),
  ];
  const shared = { name, config, backend, prefill, decode };
  return dtypes.flatMap((dtype) =>
    counts.flatMap((threads) =>
      activationsOf(dtype, activations).flatMap((activations) =>
        batches.flatMap((batch) =>
          positions.map((position) => {
            const chosen = { dtype: DTYPE_NAMES[dtype], batch, position };
            const ofWasm = { ...(threads && { threads }), ...(activations && { activations }) };
            return { ...shared, ...chosen, ...ofWasm };
          }),
        ),
      ),
    ),
  );
}

/** The members of a list, each read by `read`. */
function each<T>(text: string | undefined, read: (part: string) => T): T[] | undefined {
  return text?.split(",").map((part) => read(part.trim()));
}

/**
 * The activations that make a difference to weights of `dtype`: others would be measured twice.
 * @throws {UsageError} if there are none.
 */
function activationsOf(
  dtype: string,
  wanted: readonly Activations[] | undefined,
): readonly (Activations | undefined)[] {
  if (!wanted) return [undefined];
  const isRelaxed = simdOfThisMachine() === "relaxed-simd";
  const isRounded = integerType(DTYPE_NAMES[dtype], isRelaxed) !== undefined;
  const different = wanted.filter((activations) => activations === "float32" || isRounded);
  if (different.length > 0) return different;
  const does = `--activations int8 does nothing with weights in ${dtype}`;
  throw new UsageError(`${does}: give --dtype q8_0, q4_0 or q4_k, or --activations float32,int8`);
}

/** @throws {UsageError} if something is chosen that only the backend wasm has a choice of. */
function assertPlain(
  backend: "cpu" | "webgpu",
  activations: readonly Activations[] | undefined,
  threads: readonly number[] | undefined,
): void {
  if (activations) {
    const does = `--activations does nothing on the backend ${backend}`;
    throw new UsageError(`${does}, which has float32 only`);
  }
  if (backend === "webgpu" && threads) {
    throw new UsageError("--threads does nothing on the backend webgpu, which runs on the GPU");
  }
  if (threads?.some((count) => count !== 1)) {
    throw new UsageError("--threads expects 1 on the backend cpu, which runs on one thread");
  }
}
