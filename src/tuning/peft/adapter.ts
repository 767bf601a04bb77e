/**
 * An adapter in PEFT's files.
 * @module
 */
import type { SafetensorsType } from "../../checkpoint/encode/encode.ts";
import type { Adapter } from "../lora/adapter.ts";

/** The weights' file. */
export const ADAPTER_WEIGHTS = "adapter_model.safetensors";

/** The same as PEFT wrote it before safetensors, by torch. */
export const ADAPTER_PICKLE = "adapter_model.bin";

/** Before the name of a module in the file. */
export const PREFIX = "base_model.model.";

/** An adapter as it was read. */
export interface PeftAdapter extends Adapter {
  /** The model that it belongs to, if it says so: a path, or a name on Hugging Face. */
  readonly base: string | undefined;
  /** "CAUSAL_LM", or "SEQ_CLS" of a model that scores. */
  readonly task: string | undefined;
  /** Its adapter_config.json, to be written again. */
  readonly configText: string;
  /** How its tensors are stored, by their names in the file. */
  readonly types: ReadonlyMap<string, SafetensorsType>;
}

/** The two names of a module's factors in the file. */
export function factorNames(module: string): readonly [a: string, b: string] {
  return [`${PREFIX}${module}.lora_A.weight`, `${PREFIX}${module}.lora_B.weight`];
}
