/**
 * How long a device computes: by its own clock where it has one that can be read (`timestamp-query`), else from
 * the submission to the word that it is done.
 * @module
 */
import { lossOf, type Troubles } from "../../../backend/webgpu/run/troubles.ts";

/** GPUBufferUsage and GPUMapMode, which are globals only where WebGPU is. */
const [MAP_READ, COPY_SRC, COPY_DST, QUERY_RESOLVE] = [0x0001, 0x0004, 0x0008, 0x0200];
const READ = 1;

/** Two stamps of 8 bytes. */
const BYTES = 16;

interface Stamps {
  readonly queries: GPUQuerySet;
  readonly resolved: GPUBuffer;
  readonly staging: GPUBuffer;
}

export class GpuClock {
  readonly #device: GPUDevice;
  readonly #troubles: Troubles;
  readonly #stamps: Stamps | undefined;
  readonly #lost: Promise<never>;

  constructor(device: GPUDevice, troubles: Troubles) {
    this.#device = device;
    this.#troubles = troubles;
    this.#lost = device.lost.then(({ message }) => {
      throw lossOf(message);
    });
    this.#lost.catch(() => {}); // it is heard where something waits
    if (!device.features.has("timestamp-query")) return;
    this.#stamps = {
      queries: device.createQuerySet({ type: "timestamp", count: 2 }),
      resolved: device.createBuffer({ size: BYTES, usage: QUERY_RESOLVE | COPY_SRC }),
      staging: device.createBuffer({ size: BYTES, usage: MAP_READ | COPY_DST }),
    };
  }

  /**
   * Seconds that the device takes for what `record` records.
   * @throws {BackendError} if it cannot do that, or is lost.
   */
  async time(record: (pass: GPUComputePassEncoder) => void): Promise<number> {
    const stamps = this.#stamps;
    const commands = this.#troubles.watch(() => {
      const encoder = this.#device.createCommandEncoder();
      const timestampWrites = stamps && {
        querySet: stamps.queries,
        beginningOfPassWriteIndex: 0,
        endOfPassWriteIndex: 1,
      };
      const pass = encoder.beginComputePass(timestampWrites && { timestampWrites });
      record(pass);
      pass.end();
      if (stamps) {
        encoder.resolveQuerySet(stamps.queries, 0, 2, stamps.resolved, 0);
        encoder.copyBufferToBuffer(stamps.resolved, 0, stamps.staging, 0, BYTES);
      }
      return encoder.finish();
    }, "limits");
    const begin = performance.now();
    this.#troubles.watch(() => this.#device.queue.submit([commands]), "limits");
    await Promise.race([this.#device.queue.onSubmittedWorkDone(), this.#lost]);
    const waited = (performance.now() - begin) / 1000;
    const trouble = await this.#troubles.take();
    if (trouble) throw trouble;
    const stamped = stamps && (await Promise.race([secondsBetween(stamps), this.#lost]));
    return stamped || waited;
  }

  dispose(): void {
    for (const one of Object.values(this.#stamps ?? {})) one.destroy();
  }
}

/** 0 where a device has set its clock back, or counts too coarsely. */
async function secondsBetween({ staging }: Stamps): Promise<number> {
  await staging.mapAsync(READ);
  const [begin, end] = new BigUint64Array(staging.getMappedRange());
  staging.unmap();
  return end > begin ? Number(end - begin) / 1e9 : 0;
}
