/**
 * The benchmark: models of synthetic weights and the machine's limits, measured in turn, round by round, so that
 * all figures of a run saw the same machine.
 * @module
 */
import type { Backend } from "../backend/backend.ts";
import { assertBackendOptions, backendNamed } from "../backend/named.ts";
import { Model } from "../model/model.ts";
import type { PrecisionName } from "../tensor/precision.ts";
import { Contender } from "./contender.ts";
import type { BenchRun, Setting } from "./figures.ts";
import type { Gpu } from "./gpu.ts";
import { LimitsMeter, type Meter } from "./limits/limits.ts";
import { syntheticWeights } from "./synthetic.ts";

/** What else there is to say. */
export interface BenchOptions {
  /** Rounds, after some passes to warm up. Default: 5, or as many as begin within a minute. */
  readonly rounds?: number;
  readonly seed?: number;
  readonly precision?: PrecisionName;
  /**
   * Says how many bytes of the processor's memory there are for the sweeps of all numbers of threads together, or
   * throws where there is no room for the weights. It is asked if weights lie there; those on a GPU of its own do not.
   * Default: as many as weights.
   */
  readonly sweepRoom?: () => number;
  /** Does `work` while all cores are busy; then each round is measured that way, too. */
  readonly whileBusy?: (work: () => Promise<void>) => Promise<void>;
  readonly signal?: AbortSignal;
  /** Hears what is done next. */
  readonly onStep?: (step: string) => void;
}

const ROUNDS = 5;

/** Milliseconds after which no further round begins, unless the caller wants so many. */
const PATIENCE = 60_000;

/** A model, and the backend made for it. */
interface Loaded {
  readonly model: Model;
  readonly backend: Backend;
}

/** Measures all `settings` in turn. @returns their figures, in the same order. */
export async function bench(
  settings: readonly Setting[],
  options: BenchOptions = {},
): Promise<BenchRun[]> {
  const { signal, onStep = () => {} } = options;
  const loaded = new Map<string, Loaded>();
  const contenders: Contender[] = [];
  const meters = new Map<Place, Meter>();
  let gpu: Gpu | undefined;
  try {
    gpu = await gpuFor(settings, options);
    const isOnProcessor = settings.some(({ backend }) => backend !== "webgpu");
    const room = isOnProcessor || gpu?.adapter.isSoftware ? options.sweepRoom?.() : undefined;
    for (const setting of settings) {
      const key = modelKey(setting);
      if (!loaded.has(key)) {
        onStep(`loads ${setting.name} in ${setting.dtype}`);
        loaded.set(key, await load(setting, options, gpu));
      }
      contenders.push(await Contender.create(setting, (loaded.get(key) as Loaded).model));
    }
    onStep("warms up");
    for (const contender of contenders) await contender.warmUp(signal);
    const begin = performance.now();
    const most = options.rounds ?? ROUNDS;
    for (let round = 1; round <= most; round++) {
      if (round > 1 && options.rounds === undefined && performance.now() - begin > PATIENCE) break;
      onStep(`round ${round} of ${most}`);
      for (const meter of meters.values()) await meter.round();
      for (const contender of contenders) await contender.round("alone", signal);
      await options.whileBusy?.(async () => {
        for (const contender of contenders) await contender.round("busy", signal);
      });
      // Only now, so that what was resident in the first round is the model's.
      if (round === 1) await startMeters(meters, contenders, { room, gpu });
    }
    onStep("measures the limits");
    for (const meter of meters.values()) {
      while (meter.rounds < most) await meter.round();
    }
    onStep("looks at each step");
    const runs: BenchRun[] = [];
    for (const contender of contenders) {
      const place = placeOf(contender);
      const limits = (meters.get(place) as Meter).best;
      const adapter = place === "gpu" ? gpu?.adapter : undefined;
      const isAlone = settings.length === 1;
      runs.push(await contender.figures({ limits, adapter, isAlone }, signal));
    }
    return runs;
  } finally {
    for (const meter of meters.values()) meter.end();
    for (const contender of contenders) contender.dispose();
    for (const { model, backend } of loaded.values()) {
      model.dispose();
      backend.dispose();
    }
    gpu?.close();
  }
}

/** What limits are measured on: so many threads, or the GPU. */
type Place = number | "gpu";

const placeOf = ({ setting }: Contender): Place => setting.threads ?? "gpu";

/** The GPU, where a setting is about it. */
async function gpuFor(
  settings: readonly Setting[],
  { precision }: BenchOptions,
): Promise<Gpu | undefined> {
  if (!settings.some(({ backend }) => backend === "webgpu")) return undefined;
  assertBackendOptions("bench", "webgpu", { precision });
  const { openGpu } = await import("./gpu.ts"); // WGSL that the other backends can do without
  return openGpu();
}

/** What has to be the same for two settings to share a model. */
function modelKey({ name, config, dtype, backend, threads, activations }: Setting): string {
  return JSON.stringify([name, config, dtype, backend, threads, activations]);
}

async function load(
  { name, config, dtype, backend: backendName, threads, activations }: Setting,
  { seed, precision, signal }: BenchOptions,
  gpu: Gpu | undefined,
): Promise<Loaded> {
  const own = backendName === "cpu" ? {} : { threads, activations };
  const backend =
    backendName === "webgpu" && gpu
      ? await gpu.backend()
      : await backendNamed(backendName, { precision, ...own });
  try {
    const tensors = syntheticWeights(config, dtype, seed);
    const model = await Model.load({ config, tensors, backend, name: `synthetic ${name}`, signal });
    return { model, backend };
  } catch (error) {
    backend.dispose();
    throw error;
  }
}

/** Bytes that a sweep reads at least: more than caches hold. */
const LEAST_SWEEP = 2 ** 28;

/** A meter for each place, whose sweep reads as many bytes as there are weights. */
async function startMeters(
  meters: Map<Place, Meter>,
  contenders: readonly Contender[],
  { room = Number.POSITIVE_INFINITY, gpu }: { readonly room?: number; readonly gpu?: Gpu },
): Promise<void> {
  const places = [...new Set(contenders.map(placeOf))];
  const weights = Math.max(...contenders.map(({ weightBytes }) => weightBytes));
  const most = Math.min(weights, room / places.length);
  for (const place of places) {
    if (place === "gpu") meters.set(place, await (gpu as Gpu).meter(most));
    else {
      const bytes = Math.max(LEAST_SWEEP, most);
      meters.set(place, await LimitsMeter.start({ threads: place, bytes }));
    }
  }
}
