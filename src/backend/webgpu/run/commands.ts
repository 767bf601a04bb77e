/**
 * What is recorded, on its way to the queue: dispatches and copies in one command encoder, which is submitted at a read.
 *
 * Every dispatch has its own stretch of a uniform buffer, chosen by a dynamic offset. The stretches are filled on the
 * processor, and written when all is submitted: `queue.writeBuffer` acts before what is submitted after it, and behind
 * what was submitted before.
 * @module
 */
import { UNIFORM_BYTES } from "../kernels/kernel.ts";
import type { Allocation, Memory } from "./memory.ts";
import type { Pipeline } from "./pipelines.ts";
import type { Troubles } from "./troubles.ts";

/**
 * Dispatches of the first submission behind a read, of the second twice as many, and so on to the most: a GPU has
 * something to do soon, works while the processor records what comes next, and is seldom handed over to.
 */
const [FIRST_DISPATCHES, MOST_DISPATCHES] = [8, 64];

export class Commands {
  readonly #device: GPUDevice;
  readonly #memory: Memory;
  readonly #troubles: Troubles;
  readonly uniforms: Allocation;
  readonly #stage = new ArrayBuffer(MOST_DISPATCHES * UNIFORM_BYTES);
  readonly #words = new Uint32Array(this.#stage);
  readonly #floats = new Float32Array(this.#stage);
  #dispatches = 0;
  /** Dispatches of this submission, at most. */
  #most = FIRST_DISPATCHES;
  #encoder: GPUCommandEncoder | undefined;
  #pass: GPUComputePassEncoder | undefined;
  /** Records what is held back (fuse.ts): it comes before a copy, a write, and the end of what is recorded. */
  letGo: () => void = () => {};
  /** To be freed once what is recorded now is submitted. */
  #frees: Allocation[] = [];

  constructor(device: GPUDevice, memory: Memory, troubles: Troubles) {
    this.#device = device;
    this.#memory = memory;
    this.#troubles = troubles;
    this.uniforms = memory.uniforms(this.#stage.byteLength);
  }

  /**
   * Records a dispatch.
   * @param integers the members of `params` that are u32.
   * @param floats those that are f32, which follow.
   */
  dispatch(
    { pipeline }: Pipeline,
    bindings: GPUBindGroup,
    grid: readonly [x: number, y: number, z?: number],
    integers: readonly number[],
    floats: readonly number[] = [],
  ): void {
    if (this.#dispatches === this.#most) {
      this.#handOver();
      this.#most = Math.min(MOST_DISPATCHES, 2 * this.#most);
    }
    const at = this.#dispatches++ * UNIFORM_BYTES;
    // Not `set`, which takes longer for a few numbers than a loop.
    let word = at / 4;
    for (let i = 0; i < integers.length; i++) this.#words[word++] = integers[i];
    for (let i = 0; i < floats.length; i++) this.#floats[word++] = floats[i];
    this.#pass ??= this.#open().beginComputePass();
    this.#pass.setPipeline(pipeline);
    this.#pass.setBindGroup(0, bindings, [at]);
    this.#pass.dispatchWorkgroups(...grid);
  }

  /** Records a copy of `bytes`, a multiple of 4, as are the offsets. */
  copy(from: Allocation, at: number, to: Allocation, toAt: number, bytes: number): void {
    if (bytes === 0) return;
    this.letGo();
    this.#endPass();
    this.#open().copyBufferToBuffer(from.buffer, at, to.buffer, toAt, bytes);
  }

  /** Writes at once, behind all that was recorded before. */
  write(to: Allocation, at: number, data: ArrayBufferView<ArrayBuffer>): void {
    this.letGo();
    this.submit();
    const { buffer, byteOffset, byteLength } = data;
    const { queue } = this.#device;
    const write = () => queue.writeBuffer(to.buffer, at, buffer, byteOffset, byteLength);
    this.#troubles.watch(write, to.label);
  }

  /**
   * Frees memory when what is recorded now is submitted; a queue keeps it until that is done. To be called when nothing
   * that is held back uses it.
   */
  free(allocation: Allocation): void {
    if (this.#encoder) this.#frees.push(allocation);
    else this.#memory.free(allocation);
  }

  /** Hands over what is recorded, for somebody who waits for it. */
  submit(): void {
    this.#handOver();
    this.#most = FIRST_DISPATCHES;
  }

  #handOver(): void {
    const encoder = this.#encoder;
    if (!encoder) return;
    this.#endPass();
    this.#encoder = undefined;
    const bytes = this.#dispatches * UNIFORM_BYTES;
    this.#dispatches = 0;
    this.#troubles.watch(() => {
      if (bytes > 0) {
        this.#device.queue.writeBuffer(this.uniforms.buffer, 0, this.#stage, 0, bytes);
      }
      this.#device.queue.submit([encoder.finish()]);
    }, "a pass");
    for (const allocation of this.#frees) this.#memory.free(allocation);
    this.#frees = [];
  }

  /** Hands over what is recorded, and resolves when the device is through. */
  async done(): Promise<void> {
    this.letGo();
    this.submit();
    await this.#device.queue.onSubmittedWorkDone();
  }

  #open(): GPUCommandEncoder {
    this.#encoder ??= this.#device.createCommandEncoder();
    return this.#encoder;
  }

  #endPass(): void {
    this.#pass?.end();
    this.#pass = undefined;
  }
}
