/** Our side of a comparison: the WebAssembly backend, on as many threads as the other. */
import type { Backend } from "../../src/backend/backend.ts";
import { type Activations, wasmBackend } from "../../src/backend/wasm/wasm.ts";
import { Subject, type Workload } from "../../src/bench/subject.ts";
import type { GemmaConfig } from "../../src/config.ts";
import { Model } from "../../src/model/model.ts";
import type { RowSource } from "../../src/tensor/stored.ts";

/** How a comparison is run: `--threads 2 --rounds 5 --activations int8`. */
export interface OurOptions {
  readonly threads: number;
  /** The backend's default where it is missing. */
  readonly activations?: Activations;
}

export function ourBackend({ threads, activations }: OurOptions): Backend {
  return wasmBackend({ threads, activations }) as unknown as Backend;
}

/** A model under measurement, warmed up. */
export async function ourSubject(
  options: OurOptions,
  model: { readonly config: GemmaConfig; readonly tensors: ReadonlyMap<string, RowSource> },
  load: Workload,
): Promise<Subject> {
  const backend = ourBackend(options);
  const subject = await Subject.create(await Model.load({ ...model, backend }), load);
  await subject.warmUp();
  return subject;
}
