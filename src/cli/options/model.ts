/**
 * The options that say which model a command runs, on what backend, in which arithmetic.
 * @module
 */
import { basename, resolve } from "node:path";
import {
  assertBackendOptions,
  BACKEND_NAMES,
  type BackendName,
  likelyBackend,
  type NamedBackendOptions,
} from "../../backend/named.ts";
import { PRECISION_NAMES, type PrecisionName } from "../../tensor/precision.ts";
import { choiceOption, integerOption, type Meanings, type Values } from "../command.ts";
import { asUsage } from "./refused.ts";

export const MODEL_OPTIONS = {
  model: {
    type: "string",
    value: "MODEL",
    help: "PATH, URL or hf:OWNER/NAME (default: the bundled tiny model)",
  },
  adapter: {
    type: "string",
    value: "DIR",
    help: "LoRA beside it: PEFT's folder, or a GGUF file",
  },
  precision: {
    type: "string",
    value: "NAME",
    help: `Arithmetic: ${anyOf(PRECISION_NAMES)} (default: float32)` as string,
  },
  backend: {
    type: "string",
    value: "NAME",
    help: `Computes: ${BACKEND_NAMES.join(", ")} (default: wasm in float32)` as string,
  },
  threads: {
    type: "string",
    value: "N",
    help: "Threads of wasm (default: one a processor)",
  },
  activations: {
    type: "string",
    value: "AS",
    help: "What wasm computes with: float32, or int8 for speed",
  },
} as const;

const PRECISIONS: Meanings<PrecisionName> = {
  words: {
    float64: "f64 fp64 double",
    float32: "f32 fp32 float single",
    bfloat16: "bf16",
  },
  sentences: [
    [
      /^(f|fp|float)16$|^half$|^fp?8|^(u?int|i|q)\d|^iq\d|^float8/,
      `arithmetic is ${anyOf(PRECISION_NAMES)}; weights of that type are read as they are`,
    ],
  ],
};

const BACKENDS: Meanings<BackendName> = {
  words: { wasm: "webassembly simd threads", webgpu: "gpu wgsl" },
  sentences: [[/^(cuda|mps|metal|rocm|vulkan)\b/, "webgpu runs on GPUs of all makers"]],
};

const ACTIVATIONS = ["float32", "int8"] as const;

const NARROW: Meanings<(typeof ACTIVATIONS)[number]> = {
  words: { float32: "f32 fp32 float", int8: "i8 q8 q8_0 8 8bit" },
};

/** What the options choose; undefined means the default. */
export interface ModelChoice extends NamedBackendOptions {
  readonly backend: BackendName | undefined;
}

/**
 * The choice that the options make.
 * @throws {UsageError} if there is no such precision or backend, or one does not go with the other.
 */
export function modelChoice(values: Values<typeof MODEL_OPTIONS>): ModelChoice {
  const precision = choiceOption("precision", values.precision, PRECISION_NAMES, PRECISIONS);
  const activations = choiceOption("activations", values.activations, ACTIVATIONS, NARROW);
  return backendChoice(values, precision, activations);
}

/** As {@link modelChoice}, of a command that has fewer of the options. */
export function backendChoice(
  values: { readonly backend?: string; readonly threads?: string },
  precision?: PrecisionName,
  activations?: NamedBackendOptions["activations"],
): ModelChoice {
  const backend = choiceOption("backend", values.backend, BACKEND_NAMES, BACKENDS);
  const threads = integerOption("threads", values.threads, 1);
  try {
    const options = { precision, threads, activations };
    assertBackendOptions("", backend ?? likelyBackend(options), options);
  } catch (error) {
    throw asUsage(error);
  }
  return { backend, precision, threads, activations };
}

/** The name of a model with its adapter, in results. */
export function adaptedName(values: {
  readonly model?: string;
  readonly adapter?: string;
}): string {
  const name = modelName(values.model);
  return values.adapter === undefined ? name : `${name} + ${modelName(values.adapter)}`;
}

/** The name of a model in results: never the way to it on this machine. */
export function modelName(model: string | undefined): string {
  if (model === undefined) return "tiny-stories-it";
  if (model.startsWith("hf:")) return model.slice(3);
  const [path] = model.split(/[?#]/);
  return basename(resolve(path)) || path;
}

/** `a`, `a or b`, `a, b or c`. */
function anyOf(names: readonly string[]): string {
  return names.join(", ").replace(/, ([^,]*)$/, " or $1");
}
