/**
 * What goes wrong on the device. WebGPU tells of it later: a call that fails gives an object that is invalid, and an error
 * scope says why. Scopes are a stack of the device, which others may share, so each is closed before anything else runs.
 * @module
 */
import { BackendError, type BackendErrorDetails } from "../../backend.ts";

const FILTERS = ["internal", "out-of-memory", "validation"] as const;

export class Troubles {
  readonly #device: GPUDevice;
  /** What open scopes have found, for the read that comes next. */
  #open: Promise<BackendError | undefined>[] = [];

  constructor(device: GPUDevice) {
    this.#device = device;
  }

  /** What `work` gives; an error in it is for the next {@link Troubles.take}. */
  watch<T>(work: () => T, label: string): T {
    for (const filter of FILTERS) this.#device.pushErrorScope(filter);
    try {
      return work();
    } finally {
      const scopes = FILTERS.map(() => this.#device.popErrorScope());
      this.#open.push(firstOf(scopes, label));
    }
  }

  /** The first error of what was watched since this was last called. */
  async take(): Promise<BackendError | undefined> {
    const open = this.#open;
    this.#open = [];
    return (await Promise.all(open)).find((error) => error !== undefined);
  }
}

async function firstOf(
  scopes: readonly Promise<GPUError | null>[],
  label: string,
): Promise<BackendError | undefined> {
  // A scope of a device that is lost rejects, or never tells: the loss is told elsewhere.
  const found = await Promise.allSettled(scopes);
  for (const [i, one] of found.entries()) {
    if (one.status === "rejected" || !one.value) continue;
    // They close in reverse order.
    const kind = FILTERS[FILTERS.length - 1 - i] === "out-of-memory" ? "memory" : "kernel";
    return deviceError(kind, label, one.value.message);
  }
  return undefined;
}

export function deviceError(
  kind: BackendErrorDetails["kind"],
  label: string,
  message: string,
): BackendError {
  const expected =
    kind === "memory" ? "room in the memory of the device" : "work that the device accepts";
  const hint =
    kind === "memory" ? "ask for a shorter context, or choose another backend" : undefined;
  const details = { op: "webgpuBackend", argument: label, label, expected, hint };
  return new BackendError({ ...details, kind, got: message.trim() });
}

/** The error of a device that is gone. */
export function lossOf(message: string): BackendError {
  const got = message.trim() || "a device that is lost";
  const [expected, hint] = ["a device that stays", "load the model again"];
  const details = { op: "webgpuBackend", argument: "device", expected, got, hint };
  return new BackendError({ ...details, kind: "lost" });
}
