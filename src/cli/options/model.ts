/**
 * The options that say which model a command runs, on what backend, in which arithmetic.
 * @module
 */
import { BACKEND_NAMES, type BackendName } from "../../backend/named.ts";
import { PRECISION_NAMES, type PrecisionName } from "../../tensor/precision.ts";
import { choiceOption, type Meanings, type Values } from "../command.ts";

export const MODEL_OPTIONS = {
  model: {
    type: "string",
    value: "MODEL",
    help: "PATH, URL or hf:OWNER/NAME (default: the bundled tiny model)",
  },
  precision: {
    type: "string",
    value: "NAME",
    help: `Arithmetic: ${anyOf(PRECISION_NAMES)} (default: float32)` as string,
  },
  backend: {
    type: "string",
    value: "NAME",
    help: `Computes the numbers: ${anyOf(BACKEND_NAMES)} (default: cpu)` as string,
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
  sentences: [[/^(cuda|gpu|webgpu|mps|metal|rocm|vulkan|wasm)\b/, "there is no other backend yet"]],
};

/** What the options choose; undefined means the default. */
export interface ModelChoice {
  readonly precision: PrecisionName | undefined;
  readonly backend: BackendName | undefined;
}

/**
 * The choice that the options make.
 * @throws {UsageError} if there is no such precision or backend.
 */
export function modelChoice({ precision, backend }: Values<typeof MODEL_OPTIONS>): ModelChoice {
  return {
    precision: choiceOption("precision", precision, PRECISION_NAMES, PRECISIONS),
    backend: choiceOption("backend", backend, BACKEND_NAMES, BACKENDS),
  };
}

/** `a`, `a or b`, `a, b or c`. */
function anyOf(names: readonly string[]): string {
  return names.join(", ").replace(/, ([^,]*)$/, " or $1");
}
