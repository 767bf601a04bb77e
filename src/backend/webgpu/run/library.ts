/**
 * All kernels, compiled for one device: those that weights play no part in at the start, those of a format while the first
 * weight in it is on its way. So a pass never waits for a compiler. Those that are asked for together compile side by side.
 * @module
 */
import type { GpuFormat } from "../formats/format.ts";
import { add, addInPlace } from "../kernels/add.ts";
import { attention } from "../kernels/attention.ts";
import { embed } from "../kernels/embed.ts";
import { geglu } from "../kernels/geglu.ts";
import type { Kernel } from "../kernels/kernel.ts";
import { kvWrite } from "../kernels/kv-write.ts";
import { matmulFewRows } from "../kernels/matmul-few-rows.ts";
import { matmulTile } from "../kernels/matmul-tile.ts";
import { rmsNorm } from "../kernels/rms-norm.ts";
import { rope, ropeInPlace } from "../kernels/rope.ts";
import { top, topOfSlices } from "../kernels/top.ts";
import type { Pipeline, Pipelines } from "./pipelines.ts";

/** The kernels that weights play no part in. */
export interface PlainKernels<T> {
  readonly add: T;
  readonly addInPlace: T;
  readonly geglu: T;
  readonly rope: T;
  readonly ropeInPlace: T;
  readonly kvWrite: T;
  readonly attention: T;
  readonly rmsNorm: T;
  readonly topOfSlices: T;
  readonly top: T;
}

/** The kernels of a format. */
export interface FormatKernels<T> {
  readonly embed: T;
  /** matmul of one row of x, of up to four at once, of many by tiles. */
  readonly oneRow: T;
  readonly fourRows: T;
  readonly wide: T;
  readonly narrow: T;
}

export function plainKernels(hasSubgroups: boolean): PlainKernels<Kernel> {
  const withoutSums = {
    add,
    addInPlace,
    geglu,
    rope,
    ropeInPlace,
    kvWrite,
    attention,
    topOfSlices,
    top,
  };
  return { ...withoutSums, rmsNorm: rmsNorm(hasSubgroups) };
}

export function kernelsOf(format: GpuFormat, hasSubgroups: boolean): FormatKernels<Kernel> {
  return {
    embed: embed(format),
    oneRow: matmulFewRows(format, 1, hasSubgroups),
    fourRows: matmulFewRows(format, 4, hasSubgroups),
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
  const all = async <Name extends string>(kernels: Readonly<Record<Name, Kernel>>) => {
    const named = Object.entries<Kernel>(kernels);
    const made = await Promise.all(named.map(([, kernel]) => pipelines.make(kernel)));
    return Object.fromEntries(named.map(([name], i) => [name, made[i]])) as Record<Name, Pipeline>;
  };
  const ready = new Map<GpuFormat, FormatKernels<Pipeline>>();
  return {
    ...(await all<keyof PlainKernels<Kernel>>(plainKernels(hasSubgroups))),
    async prepare(format) {
      if (ready.has(format)) return;
      const kernels = kernelsOf(format, hasSubgroups);
      ready.set(format, await all<keyof FormatKernels<Kernel>>(kernels));
    },
    of: (format) => ready.get(format) as FormatKernels<Pipeline>,
  };
}
