/** A device of WebGPU that makes whatever it is asked for out of nothing, and computes nothing. */

type Made = Record<string, unknown>;

/** What a spec may put in the place of a device's own. */
export interface DeviceParts {
  readonly limits?: Made;
  readonly queue?: Made;
  pushErrorScope?(filter: GPUErrorFilter): void;
  popErrorScope?(): Promise<{ readonly message: string } | null>;
  createBuffer?(descriptor: GPUBufferDescriptor): Made;
  createBindGroup?(descriptor: GPUBindGroupDescriptor): Made;
  createCommandEncoder?(): Made;
  createComputePipelineAsync?(descriptor: GPUComputePipelineDescriptor): Promise<unknown>;
}

export function emptyDevice(parts: DeviceParts = {}): GPUDevice {
  const device = {
    limits: { maxStorageBufferBindingSize: 2 ** 27, maxBufferSize: 2 ** 28 },
    features: new Set(),
    adapterInfo: {},
    lost: new Promise(() => {}),
    pushErrorScope() {},
    popErrorScope: async () => null,
    createBuffer: ({ label, size }: GPUBufferDescriptor) => ({ label, size, destroy() {} }),
    createBindGroup: () => ({}),
    createBindGroupLayout: () => ({}),
    createPipelineLayout: () => ({}),
    createShaderModule: () => ({ getCompilationInfo: async () => ({ messages: [] }) }),
    createComputePipelineAsync: async ({ label }: GPUComputePipelineDescriptor) => ({ label }),
    ...parts,
    queue: { writeBuffer() {}, submit() {}, ...parts.queue },
  };
  return device as unknown as GPUDevice;
}
