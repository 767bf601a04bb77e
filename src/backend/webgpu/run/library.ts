/**
 * All kernels, compiled for one device: those that weights play no part in at the start, those of a format while the first
 * weight in it is on its way. So a pass never waits for a compiler. Those that are asked for together compile side by side.
 * @module
 */
import type { GpuFormat } from "../formats/format.ts";
import { add, addInPlace } from "../kernels/add.ts";
import { attention, attentionOfSplits } from "../kernels/attention.ts";
import { embed } from "../kernels/embed.ts";
import { geglu } from "../kernels/geglu.ts";
import type { Kernel } from "../kernels/kernel.ts";
import { kvWrite } from "../kernels/kv-write.ts";
import { type FewRows, matmulFewRows, mostMatrices } from "../kernels/matmul-few-rows.ts";
import { matmulGeglu } from "../kernels/matmul-geglu.ts";
import { matmulTile } from "../kernels/matmul-tile.ts";
import { rmsNorm } from "../kernels/rms-norm.ts";
import { rope, ropeInPlace } from "../kernels/rope.ts";
import { ropeAndWrite } from "../kernels/rope-kv.ts";
import { top, topOfSlices } from "../kernels/top.ts";
import type { Pipeline, Pipelines } from "./pipelines.ts";

/** The kernels that weights play no part in. */
export interface PlainKernels<T> {
  readonly add: T;
  readonly addInPlace: T;
  readonly geglu: T;
  readonly rope: T;
  readonly ropeInPlace: T;
  readonly ropeAndWrite: T;
  readonly kvWrite: T;
  readonly attention: T;
  readonly attentionOfSplits: T;
  readonly rmsNorm: T;
  readonly addAndNorm: T;
  readonly topOfSlices: T;
  readonly top: T;
}

/** The kernels of a format. */
export interface FormatKernels<T> {
  readonly embed: T;
  /** matmul of one row of x, of up to four at once, of many by tiles. */
  readonly oneRow: T;
  readonly fourRows: T;
  /** matmul of one row of x with two matrices, with three where that many can be bound, with gate and up and then geglu. */
  readonly two: T;
  readonly three?: T;
  readonly gated: T;
  readonly wide: T;
  readonly narrow: T;
}

export function plainKernels(hasSubgroups: boolean): PlainKernels<Kernel> {
  const moving = { rope, ropeInPlace, ropeAndWrite, kvWrite };
  const attentions = { attention, attentionOfSplits };
  const others = { add, addInPlace, geglu, topOfSlices, top };
  const norms = { rmsNorm: rmsNorm(hasSubgroups), addAndNorm: rmsNorm(hasSubgroups, true) };
  return { ...moving, ...attentions, ...others, ...norms };
}

export function kernelsOf(format: GpuFormat, hasSubgroups: boolean): FormatKernels<Kernel> {
  const few = (shape: FewRows) => matmulFewRows(format, shape, hasSubgroups);
  return {
    embed: embed(format),
    oneRow: few({ rows: 1, matrices: 1 }),
    fourRows: few({ rows: 4, matrices: 1 }),
    two: few({ rows: 1, matrices: 2 }),
    gated: matmulGeglu(format, hasSubgroups),
    ...(mostMatrices(format) === 3 && { three: few({ rows: 1, matrices: 3 }) }),
    wide: matmulTile(format, "wide"),
    narrow: matmulTile(format, "narrow"),
  };
}

export interface Library extends PlainKernels<Pipeline> {
  /** Compiles the kernels of a format. */
  prepare(format: GpuFormat): Promise<void>;
  /** Those of a format that was prepared. */
  of(format: GpuFormat): FormatKernels<Pipeline>;
}

/** @throws {BackendError} of kind "kernel" if the device does not take one. */
export async function makeLibrary(pipelines: Pipelines, hasSubgroups: boolean): Promise<Library> {
  /** Kernels by their names, compiled. */
  const all = async <Kernels extends object>(kernels: Kernels) => {
    const named: [string, Kernel][] = Object.entries(kernels);
    const made = await Promise.all(named.map(([, kernel]) => pipelines.make(kernel)));
    const byName = named.map(([name], i) => [name, made[i]]);
    return Object.fromEntries(byName) as { [Name in keyof Kernels]: Pipeline };
  };
  const ready = new Map<GpuFormat, FormatKernels<Pipeline>>();
  return {
    ...(await all(plainKernels(hasSubgroups))),
    async prepare(format) {
      if (ready.has(format)) return;
      const kernels = kernelsOf(format, hasSubgroups);
      ready.set(format, await all(kernels));
    },
    of: (format) => ready.get(format) as FormatKernels<Pipeline>,
  };
}
