/**
 * The backends that come with the library, by name. Each is imported when it is asked for, so that a page
 * that never runs one never fetches it.
 * @module
 */
import { brief } from "../brief.ts";
import { refusals } from "../errors.ts";
import { assertOptions, type OptionNames } from "../options.ts";
import { assertPrecisionName, type PrecisionName } from "../tensor/precision.ts";
import type { Backend } from "./backend.ts";

/** What a named backend is made with. An option that it does not have is refused. */
export interface NamedBackendOptions {
  /** Its arithmetic: any for "cpu", float32 for "wasm". Default: the backend's own. */
  readonly precision?: PrecisionName;
  /** Threads of "wasm". Default: as many as the machine has processors, where the weights are worth it. */
  readonly threads?: number;
  /** What "wasm" multiplies weights with: float32, or faster and less exact, 8 bits. Default float32. */
  readonly activations?: "float32" | "int8";
}

const NAMES: OptionNames<NamedBackendOptions> = {
  precision: true,
  threads: true,
  activations: true,
};

/** How a backend is found by its name. */
export interface NamedBackend {
  /** Refuses options that it does not have, naming `op`. */
  check?(op: string, options: NamedBackendOptions): void;
  /** Why it cannot run on this machine ("no WebGPU adapter"); undefined if it can. */
  unavailable(): Promise<string | undefined>;
  make(options: NamedBackendOptions): Promise<Backend>;
}

/** The name of a backend that comes with the library. */
export type BackendName = "cpu" | "wasm";

const BACKENDS: Readonly<Record<BackendName, NamedBackend>> = {
  cpu: {
    check(op, { threads, activations }) {
      const refuse = refusals(op);
      if (threads !== undefined) {
        const hint = '"cpu" computes on one thread';
        throw refuse.argument("threads", 'backend "wasm"', '"cpu"', hint);
      }
      if (activations !== undefined) {
        const hint = '"cpu" computes in its precision';
        throw refuse.argument("activations", 'backend "wasm"', '"cpu"', hint);
      }
    },
    async unavailable() {
      return undefined;
    },
    async make({ precision }) {
      const { cpuBackend } = await import("./cpu/cpu.ts");
      return cpuBackend({ precision });
    },
  },
  wasm: {
    check(op, { precision }) {
      if (precision === undefined || precision === "float32") return;
      const hint = `backend "cpu" computes in ${precision}`;
      const expected = 'float32, in which "wasm" computes';
      throw refusals(op).unsupported("precision", expected, precision, hint);
    },
    async unavailable() {
      const { wasmUnavailable } = await import("./wasm/wasm.ts");
      return wasmUnavailable();
    },
    async make({ threads, activations }) {
      const { wasmBackend } = await import("./wasm/wasm.ts");
      const options = { threads, ...(activations !== undefined && { activations }) };
      return wasmBackend(options);
    },
  },
};

/** The names that {@link backendNamed} takes. */
export const BACKEND_NAMES: readonly BackendName[] = Object.keys(BACKENDS) as BackendName[];

/**
 * The backend of that name.
 * @throws {ArgumentError} if there is no backend of that name, or it has no such option.
 * @throws {UnsupportedError} if it cannot run on this machine, or not as `options` say, with the reason.
 */
export async function backendNamed(
  name: string,
  options: NamedBackendOptions = {},
): Promise<Backend> {
  assertOptions("backendNamed", options, NAMES);
  return makeBackend("backendNamed", name, options);
}

/** As {@link backendNamed}, naming `op` where it refuses, of any table. */
export async function makeBackend(
  op: string,
  name: string,
  options: NamedBackendOptions,
  table: Readonly<Record<string, NamedBackend>> = BACKENDS,
): Promise<Backend> {
  assertBackendOptions(op, name, options, table);
  const reason = await table[name].unavailable();
  if (reason === undefined) return table[name].make(options);
  const hint = 'choose another backend; "cpu" runs everywhere';
  const expected = `a machine that can run ${brief(name)}`;
  throw refusals(op).unsupported("backend", expected, reason, hint);
}

/**
 * Refuses what no backend of that name can be made with, on any machine.
 * @throws {ArgumentError | UnsupportedError} naming `op`.
 */
export function assertBackendOptions(
  op: string,
  name: string,
  options: NamedBackendOptions,
  table: Readonly<Record<string, NamedBackend>> = BACKENDS,
): void {
  if (!Object.hasOwn(table, name)) {
    const expected = `${Object.keys(table).map(brief).join(" or ")}, or a Backend`;
    const hint = "another is given as an object that implements Backend";
    throw refusals(op).argument("backend", expected, brief(name), hint);
  }
  const { precision } = options;
  if (precision !== undefined) assertPrecisionName(op, precision);
  table[name].check?.(op, options);
}
