/**
 * Kernels compiled, each once.
 * @module
 */
import type { BackendError } from "../../backend.ts";
import type { Binding, Kernel } from "../kernels/kernel.ts";
import { deviceError } from "./troubles.ts";

/** A kernel that can be dispatched. */
export interface Pipeline {
  readonly name: string;
  readonly pipeline: GPUComputePipeline;
  readonly layout: GPUBindGroupLayout;
}

/** GPUShaderStage.COMPUTE. */
const COMPUTE = 4;

export class Pipelines {
  readonly #device: GPUDevice;
  readonly #layouts = new Map<string, GPUBindGroupLayout>();
  readonly #made = new Map<string, Promise<Pipeline>>();

  constructor(device: GPUDevice) {
    this.#device = device;
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
