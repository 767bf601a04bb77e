/**
 * The fields of a `config.json` by which a model is computed otherwise than a Gemma 1, or its weights are stored as
 * no reader here reads them. A reader that ignored them would answer wrongly, or blame the shapes.
 * @module
 */
import { brief } from "./brief.ts";
import type { Refusals } from "./errors.ts";
import { readQuantization } from "./hf-quantization.ts";

const OTHER = "this library runs Gemma 1 only";

/** What newer files nest of RoPE. */
export interface RopeParameters {
  readonly rope_theta?: unknown;
  readonly rope_type?: unknown;
  readonly type?: unknown;
}

/** @throws {UnsupportedError} if a field has a value that no Gemma 1 has. */
export function assertGemma1(
  fields: Readonly<Record<string, unknown>>,
  nested: RopeParameters | null | undefined,
  refuse: Refusals,
): void {
  const { model_type } = fields;
  if (model_type !== "gemma") {
    const hint = `${OTHER}; Gemma 2, 3 and other families compute differently`;
    throw refuse.unsupported("model_type", '"gemma" (Gemma 1)', brief(model_type), hint);
  }
  for (const key of ["attention_bias", "use_bidirectional_attention"]) {
    const got = fields[key] ?? false;
    if (got === false) continue;
    const hint = `${OTHER}; this is another architecture`;
    throw refuse.unsupported(key, "false, as in every Gemma 1", brief(got), hint);
  }
  assertGelu(fields, refuse);
  readQuantization(fields, refuse);
  const scalings = [fields.rope_scaling, nested?.rope_type ?? nested?.type];
  const scaling = scalings.find((value) => !isNoScaling(value));
  if (scaling === undefined) return;
  const hint = `${OTHER}; a stretched context computes differently`;
  throw refuse.unsupported("rope_scaling", "none, as in every Gemma 1", brief(scaling), hint);
}

/** Whether `rope_scaling`, a name or an object with a `type`, means no scaling. */
function isNoScaling(scaling: unknown): boolean {
  if (scaling === undefined || scaling === null || scaling === "default") return true;
  const { rope_type, type } = scaling as RopeParameters;
  return (rope_type ?? type) === "default";
}

/**
 * Transformers' names of GELU in its tanh form, and "gelu": the 1.0 files say that, yet Gemma has always been
 * the tanh form (transformers#49051).
 */
const GELU = [
  "gelu",
  "gelu_pytorch_tanh",
  "gelu_python_tanh",
  "gelu_new",
  "gelu_fast",
  "gelu_accurate",
];

/** Versions of transformers differ in which of the two fields they read. */
function assertGelu(fields: Readonly<Record<string, unknown>>, refuse: Refusals): void {
  for (const key of ["hidden_activation", "hidden_act"]) {
    const got = fields[key] ?? "gelu";
    if (GELU.some((name) => name === got)) continue;
    const expected = '"gelu_pytorch_tanh", as in every Gemma 1';
    throw refuse.unsupported(key, expected, brief(got), `${OTHER}; this is another architecture`);
  }
}
