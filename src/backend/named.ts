/**
 * The backends that come with the library, by name. Each is imported when it is asked for, so that a page
 * that never runs one never fetches it.
 * @module
 */
import { brief } from "../brief.ts";
import { refusals } from "../errors.ts";
import { assertOptions, type OptionNames } from "../options.ts";
import type { PrecisionName } from "../tensor/precision.ts";
import type { Backend } from "./backend.ts";

/** What a named backend is made with. */
export interface NamedBackendOptions {
  /** Its arithmetic. Default: the backend's own. */
  readonly precision?: PrecisionName;
}

const NAMES: OptionNames<NamedBackendOptions> = { precision: true };

/** How a backend is found by its name. */
export interface NamedBackend {
  /** Why it cannot run on this machine ("no WebGPU adapter"); undefined if it can. */
  unavailable(): Promise<string | undefined>;
  make(options: NamedBackendOptions): Promise<Backend>;
}

/** The name of a backend that comes with the library. */
export type BackendName = "cpu";

const BACKENDS: Readonly<Record<BackendName, NamedBackend>> = {
  cpu: {
    async unavailable() {
      return undefined;
    },
    async make(options) {
      const { cpuBackend } = await import("./cpu/cpu.ts");
      return cpuBackend(options);
    },
  },
};

/** The names that {@link backendNamed} takes. */
export const BACKEND_NAMES: readonly BackendName[] = Object.keys(BACKENDS) as BackendName[];

/**
 * The backend of that name.
 * @throws {ArgumentError} if there is no backend of that name.
 * @throws {UnsupportedError} if it cannot run on this machine, with the reason.
 */
export async function backendNamed(
  name: string,
  options: NamedBackendOptions = {},
): Promise<Backend> {
  assertOptions("backendNamed", options, NAMES);
  return backendOf(BACKENDS, name, options);
}

/** @throws {ArgumentError} naming `op`, if there is no backend of that name. */
export function assertBackendName(op: string, name: string, table: object = BACKENDS): void {
  if (Object.hasOwn(table, name)) return;
  const expected = `${Object.keys(table).map(brief).join(" or ")}, or a Backend`;
  const hint = "another is given as an object that implements Backend";
  throw refusals(op).argument("backend", expected, brief(name), hint);
}

/** As {@link backendNamed}, of any table. */
export async function backendOf(
  table: Readonly<Record<string, NamedBackend>>,
  name: string,
  options: NamedBackendOptions,
): Promise<Backend> {
  assertBackendName("backendNamed", name, table);
  const refuse = refusals("backendNamed");
  const reason = await table[name].unavailable();
  if (reason === undefined) return table[name].make(options);
  const hint = 'choose another backend; "cpu" runs everywhere';
  throw refuse.unsupported("backend", `a machine that can run ${brief(name)}`, reason, hint);
}
