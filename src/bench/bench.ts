/**
 * The benchmark: models of synthetic weights and the machine's limits, measured in turn, round by round, so that
 * all figures of a run saw the same machine.
 * @module
 */
import type { Backend } from "../backend/backend.ts";
import { backendNamed } from "../backend/named.ts";
import { Model } from "../model/model.ts";
import type { PrecisionName } from "../tensor/precision.ts";
import { Contender } from "./contender.ts";
import type { BenchRun, Setting } from "./figures.ts";
import { LimitsMeter } from "./limits/limits.ts";
import { syntheticWeights } from "./synthetic.ts";

/** What else there is to say. */
export interface BenchOptions {
  /** Rounds, after some passes to warm up. Default: 5, or as many as begin within a minute. */
  readonly rounds?: number;
  readonly seed?: number;
  readonly precision?: PrecisionName;
  /** Bytes that there are for the sweeps of all numbers of threads together. Default: as many as weights. */
  readonly sweepRoom?: number;
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
  const meters = new Map<number, LimitsMeter>();
  try {
    for (const setting of settings) {
      const key = modelKey(setting);
      if (!loaded.has(key)) {
        onStep(`loads ${setting.name} in ${setting.dtype}`);
        loaded.set(key, await load(setting, options));
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
      if (round === 1) await startMeters(meters, contenders, options.sweepRoom);
    }
    onStep("measures the limits");
    for (const meter of meters.values()) {
      while (meter.rounds < most) await meter.round();
    }
    onStep("looks at each step");
    const runs: BenchRun[] = [];
    for (const contender of contenders) {
      const limits = (meters.get(contender.setting.threads) as LimitsMeter).best;
      runs.push(await contender.figures(limits, settings.length === 1, signal));
    }
    return runs;
  } finally {
    for (const meter of meters.values()) meter.end();
    for (const contender of contenders) contender.dispose();
    for (const { model, backend } of loaded.values()) {
      model.dispose();
      backend.dispose();
    }
  }
}

/** What has to be the same for two settings to share a model. */
function modelKey({ name, config, dtype, backend, threads, activations }: Setting): string {
  return JSON.stringify([name, config, dtype, backend, threads, activations]);
}

async function load(
  { name, config, dtype, backend: backendName, threads, activations }: Setting,
  { seed, precision, signal }: BenchOptions,
): Promise<Loaded> {
  const own = backendName === "cpu" ? {} : { threads, activations };
  const backend = await backendNamed(backendName, { precision, ...own });
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

/** A meter for each number of threads, whose sweep reads as many bytes as there are weights. */
async function startMeters(
  meters: Map<number, LimitsMeter>,
  contenders: readonly Contender[],
  room = Number.POSITIVE_INFINITY,
): Promise<void> {
  const counts = [...new Set(contenders.map(({ setting }) => setting.threads))];
  const weights = Math.max(...contenders.map(({ weightBytes }) => weightBytes));
  for (const threads of counts) {
    const bytes = Math.max(LEAST_SWEEP, Math.min(weights, room / counts.length));
    meters.set(threads, await LimitsMeter.start({ threads, bytes }));
  }
}
