/**
 * The backends that come with the library, by name. Each is imported when it is asked for, so that a page
 * that never runs one never fetches it.
 * @module
 */
import { brief } from "../brief.ts";
import { refusals } from "../errors.ts";
import { assertOptions, type OptionNames } from "../options.ts";
import { assertPrecisionName, type PrecisionName } from "../tensor/precision.ts";
import type { RowSource } from "../tensor/stored.ts";
import type { OnWarning } from "../warning.ts";
import type { Backend, Handles } from "./backend.ts";

/** What a named backend is made with. An option that it does not have is refused. */
export interface NamedBackendOptions {
  /** Its arithmetic: any for "cpu", float32 for the others. Default: the backend's own. */
  readonly precision?: PrecisionName;
  /** Threads of "wasm". Default: as many as the machine has processors, where the weights are worth it. */
  readonly threads?: number;
  /** What "wasm" multiplies weights with: float32, or faster and less exact, 8 bits. Default float32. */
  readonly activations?: "float32" | "int8";
  /** In a browser: the URL that "wasm" starts its threads with, where a page allows no other. See `WasmOptions`. */
  readonly workerUrl?: string | URL;
  /** Hears if "wasm" computes on one thread, since others could not be started. */
  readonly onWarning?: OnWarning;
}

const NAMES: OptionNames<NamedBackendOptions> = {
  precision: true,
  threads: true,
  activations: true,
  workerUrl: true,
  onWarning: "function",
};

/** A weight that a backend is going to be given. */
export type PlannedWeight = Pick<RowSource, "dtype" | "shape">;

/** How a backend is found by its name. */
export interface NamedBackend {
  /** Refuses options that it does not have, naming `op`. */
  check?(op: string, options: NamedBackendOptions): void;
  /** Why it cannot run on this machine ("no WebGPU adapter"); undefined if it can. */
  unavailable(): Promise<string | undefined>;
  /**
   * Makes it.
   * @param weights those of the model that it is for, if that is known.
   * @throws {UnsupportedError} with the reason, where it cannot run.
   */
  make(options: NamedBackendOptions, weights: Iterable<PlannedWeight>): Promise<Backend>;
}

/**
 * The name of a backend that comes with the library, or "auto": "webgpu" where there is a GPU with room for the model,
 * else "wasm" where it can run, else "cpu".
 */
export type BackendName = "auto" | ComputingName;

/** The name of one backend. */
export type ComputingName = "cpu" | "wasm" | "webgpu";

const COMPUTING: Readonly<Record<ComputingName, NamedBackend>> = {
  cpu: {
    check(op, options) {
      refuseThoseOfWasm(op, "cpu", options, {
        threads: '"cpu" computes on one thread',
        activations: '"cpu" computes in its precision',
        workerUrl: '"cpu" starts no workers',
      });
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
    check: (op, { precision }) => assertFloat32(op, "wasm", precision),
    async unavailable() {
      const { wasmUnavailable } = await import("./wasm/machine.ts");
      return wasmUnavailable();
    },
    async make({ threads, activations, workerUrl, onWarning }) {
      const { wasmBackend } = await import("./wasm/wasm.ts");
      return wasmBackend({ threads, activations, workerUrl, onWarning });
    },
  },
  webgpu: {
    check(op, options) {
      assertFloat32(op, "webgpu", options.precision);
      refuseThoseOfWasm(op, "webgpu", options, {
        threads: '"webgpu" computes on the GPU',
        activations: '"webgpu" computes with activations in float32',
        workerUrl: '"webgpu" starts no workers',
      });
    },
    async unavailable() {
      const { webgpuUnavailable } = await import("./webgpu/device.ts");
      return webgpuUnavailable();
    },
    async make() {
      const { webgpuBackend } = await import("./webgpu/webgpu.ts");
      return webgpuBackend();
    },
  },
};

const BACKENDS: Readonly<Record<BackendName, NamedBackend>> = {
  auto: {
    check(op, options) {
      const hint = '"auto" may choose a backend without it';
      refuseThoseOfWasm(op, "auto", options, { threads: hint, activations: hint });
    },
    async unavailable() {
      return undefined;
    },
    make: chooseBackend,
  },
  ...COMPUTING,
};

/** The best that can run here; `info.why` says why it is that. */
async function chooseBackend(
  options: NamedBackendOptions,
  weights: Iterable<PlannedWeight>,
): Promise<Backend> {
  const { precision = "float32" } = options;
  const { cpu, wasm } = COMPUTING;
  if (precision !== "float32") {
    return chosen(await cpu.make(options, weights), `no other computes in ${precision}`);
  }
  const { webgpuIfReal } = await import("./webgpu/real.ts");
  const gpu = await webgpuIfReal(weights);
  if (typeof gpu !== "string") return chosen(gpu, "the model fits on the GPU");
  const reason = await wasm.unavailable();
  if (reason === undefined) return chosen(await wasm.make(options, weights), gpu);
  return chosen(await cpu.make(options, weights), `${gpu}, and ${reason}`);
}

function chosen<Dev extends Handles>(backend: Backend<Dev>, why: string): Backend {
  return { ...backend, info: { ...backend.info, why } } as unknown as Backend;
}

/** @throws {UnsupportedError} naming `op`, if `precision` is another. */
function assertFloat32(op: string, name: string, precision: PrecisionName | undefined): void {
  if (precision === undefined || precision === "float32") return;
  const hint = `backend "cpu" computes in ${precision}`;
  const expected = `float32, in which ${brief(name)} computes`;
  throw refusals(op).unsupported("precision", expected, precision, hint);
}

/** @throws {ArgumentError} naming `op`, if an option is given that "wasm" alone has; `hints` say why. */
function refuseThoseOfWasm(
  op: string,
  name: string,
  options: NamedBackendOptions,
  hints: { readonly [Option in "threads" | "activations" | "workerUrl"]?: string },
): void {
  for (const option of ["threads", "activations", "workerUrl"] as const) {
    const hint = hints[option];
    if (options[option] === undefined || hint === undefined) continue;
    throw refusals(op).argument(option, 'backend "wasm"', brief(name), hint);
  }
}

/**
 * The backend that computes unless another is asked for: "wasm" where it can run and has the precision, else "cpu", whose
 * `info.why` says why and of which `onWarning` hears. Options that "wasm" alone has are for it.
 * @throws as {@link makeBackend}.
 */
export async function defaultBackend(op: string, options: NamedBackendOptions): Promise<Backend> {
  const { precision, threads, activations, onWarning } = options;
  const likely = likelyBackend(options);
  const isFree = threads === undefined && activations === undefined;
  const reason = likely === "wasm" && isFree ? await COMPUTING.wasm.unavailable() : undefined;
  if (reason === undefined) return makeBackend(op, likely, options);
  const why = `this machine is ${reason}`;
  const message = `"cpu" computes, which is slow; for "wasm", ${why}`;
  onWarning?.({ kind: "backend", message });
  return chosen(await makeBackend(op, "cpu", { precision }), why);
}

/** The {@link defaultBackend} of a machine that can run all. */
export function likelyBackend({ precision }: NamedBackendOptions): "cpu" | "wasm" {
  return precision === undefined || precision === "float32" ? "wasm" : "cpu";
}

/** Why the backend of that name cannot run on this machine; undefined if it can. */
export function backendUnavailable(name: BackendName): Promise<string | undefined> {
  return BACKENDS[name].unavailable();
}

/** The names that {@link backendNamed} takes. */
export const BACKEND_NAMES: readonly BackendName[] = Object.keys(BACKENDS) as BackendName[];

/** Those of them that stand for one backend. */
export const COMPUTING_NAMES: readonly ComputingName[] = Object.keys(COMPUTING) as ComputingName[];

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

/** As {@link backendNamed}, naming `op` where it refuses, for a model with these `weights`; of any table. */
export async function makeBackend(
  op: string,
  name: string,
  options: NamedBackendOptions,
  weights: Iterable<PlannedWeight> = [],
  table: Readonly<Record<string, NamedBackend>> = BACKENDS,
): Promise<Backend> {
  assertBackendOptions(op, name, options, table);
  const reason = await table[name].unavailable();
  if (reason === undefined) return table[name].make(options, weights);
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
