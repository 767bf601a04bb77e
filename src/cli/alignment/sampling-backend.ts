/**
 * What answers are drawn by.
 * @module
 */
import type { Backend } from "../../backend/backend.ts";
import { cpuBackend } from "../../backend/cpu/cpu.ts";
import { wasmUnavailable } from "../../backend/wasm/machine.ts";
import { wasmBackend } from "../../backend/wasm/wasm.ts";
import { refusals } from "../../errors.ts";
import type { LearningSettings } from "../training/settings.ts";

/** A backend, whatever its handles are. */
// biome-ignore lint/suspicious/noExplicitAny: nobody here touches a handle
export type SamplingBackend = Backend<any>;

/** As the model learns: the definition where it is asked for or float64 is, SIMD where there is some. To be disposed. */
export function samplingBackend({
  precision,
  backend,
}: Pick<LearningSettings, "precision" | "backend">): SamplingBackend {
  if (precision === "float64" || backend === "cpu") return cpuBackend({ precision });
  const reason = wasmUnavailable();
  if (reason === undefined) return wasmBackend();
  if (backend === undefined) return cpuBackend({ precision });
  const expected = 'a machine that can run "wasm"';
  throw refusals("rlhf").unsupported("backend", expected, reason, "--backend cpu runs everywhere");
}
