/**
 * Kernels compiled, and buffers bound: each once.
 * @module
 */
import type { BackendError } from "../../backend.ts";
import { type Binding, type Kernel, UNIFORM_BYTES } from "../kernels/kernel.ts";
import type { Allocation } from "./memory.ts";
import { deviceError, type Troubles } from "./troubles.ts";

/** A kernel that can be dispatched. */
export interface Pipeline {
  readonly name: string;
  readonly pipeline: GPUComputePipeline;
  readonly layout: GPUBindGroupLayout;
}

/** A stretch of a buffer that is bound; all of it where nothing else is said. */
export interface Bound {
  readonly memory: Allocation;
  readonly offset?: number;
  readonly size?: number;
}

/** GPUShaderStage.COMPUTE. */
const COMPUTE = 4;

export class Pipelines {
  readonly #device: GPUDevice;
  readonly #troubles: Troubles;
  readonly #layouts = new Map<string, GPUBindGroupLayout>();
  readonly #made = new Map<string, Promise<Pipeline>>();
  readonly #groups = new Map<string, GPUBindGroup>();
  /** The keys of the groups that each buffer is in. */
  readonly #keys = new Map<number, Set<string>>();

  constructor(device: GPUDevice, troubles: Troubles) {
    this.#device = device;
    this.#troubles = troubles;
  }

  /**
   * Compiles a kernel, or finds it compiled.
   * @throws {BackendError} of kind "kernel" with what the compiler says.
   */
  make(kernel: Kernel): Promise<Pipeline> {
    let made = this.#made.get(kernel.name);
    if (!made) {
      made = this.#compile(kernel);
      this.#made.set(kernel.name, made);
      made.catch(() => this.#made.delete(kernel.name));
    }
    return made;
  }

  async #compile({ name, bindings, code }: Kernel): Promise<Pipeline> {
    const layout = this.#layout(bindings);
    this.#device.pushErrorScope("validation");
    const module = this.#device.createShaderModule({ label: name, code });
    void this.#device.popErrorScope().catch(() => {}); // the pipeline says it, too
    const bindGroupLayouts = [layout];
    const compute = { module, entryPoint: "main" };
    try {
      const pipeline = await this.#device.createComputePipelineAsync({
        label: name,
        layout: this.#device.createPipelineLayout({ bindGroupLayouts }),
        compute,
      });
      return { name, pipeline, layout };
    } catch (error) {
      throw await whatCompilerSays(name, module, error);
    }
  }

  #layout(bindings: readonly Binding[]): GPUBindGroupLayout {
    const key = bindings.join();
    let layout = this.#layouts.get(key);
    if (!layout) {
      const uniform = { type: "uniform", hasDynamicOffset: true } as const;
      const entries: GPUBindGroupLayoutEntry[] = bindings.map((binding, i) => ({
        binding: i + 1,
        visibility: COMPUTE,
        buffer: { type: binding === "read" ? "read-only-storage" : "storage" },
      }));
      entries.push({ binding: 0, visibility: COMPUTE, buffer: uniform });
      layout = this.#device.createBindGroupLayout({ entries });
      this.#layouts.set(key, layout);
    }
    return layout;
  }

  /** The buffers of a dispatch as a group: the same for the same kernel, buffers and stretches. */
  bind({ name, layout }: Pipeline, uniforms: Allocation, bound: readonly Bound[]): GPUBindGroup {
    let key = name;
    for (const { memory, offset = 0, size = 0 } of bound) key += `,${memory.id}+${offset}:${size}`;
    let group = this.#groups.get(key);
    if (!group) {
      const entries: GPUBindGroupEntry[] = bound.map(({ memory, offset, size }, i) => ({
        binding: i + 1,
        resource: { buffer: memory.buffer, offset, size },
      }));
      const { buffer } = uniforms;
      entries.push({ binding: 0, resource: { buffer, size: UNIFORM_BYTES } });
      const make = () => this.#device.createBindGroup({ label: name, layout, entries });
      group = this.#troubles.watch(make, name);
      this.#groups.set(key, group);
      for (const { memory } of bound) {
        const keys = this.#keys.get(memory.id) ?? new Set();
        this.#keys.set(memory.id, keys.add(key));
      }
    }
    return group;
  }

  /** Forgets the groups that a buffer is in. */
  forget({ id }: Allocation): void {
    for (const key of this.#keys.get(id) ?? []) this.#groups.delete(key);
    this.#keys.delete(id);
  }
}

async function whatCompilerSays(
  name: string,
  module: GPUShaderModule,
  error: unknown,
): Promise<BackendError> {
  const info = await module.getCompilationInfo().catch(() => undefined);
  const said = info?.messages.map(({ lineNum, message }) => `line ${lineNum}: ${message}`) ?? [];
  const message = said.join("; ") || String((error as Error)?.message ?? error);
  return deviceError("kernel", name, message);
}
