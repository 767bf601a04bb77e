/**
 * The options that say which model a command runs, on what backend, in which arithmetic.
 * @module
 */
import { BACKEND_NAMES, type BackendName } from "../../backend/named.ts";
import { PRECISION_NAMES, type PrecisionName } from "../../tensor/precision.ts";
import { choiceOption, type Values } from "../command.ts";

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
    precision: choiceOption("precision", precision, PRECISION_NAMES),
    backend: choiceOption("backend", backend, BACKEND_NAMES),
  };
}

/** `a`, `a or b`, `a, b or c`. */
function anyOf(names: readonly string[]): string {
  return names.join(", ").replace(/, ([^,]*)$/, " or $1");
}
