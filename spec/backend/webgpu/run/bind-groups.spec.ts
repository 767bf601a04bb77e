/** Groups are made once for the same pipeline, buffers and stretches, and forgotten with any of their buffers. */
import { describe, expect, it } from "vitest";
import { BindGroups } from "../../../../src/backend/webgpu/run/bind-groups.ts";
import type { Allocation } from "../../../../src/backend/webgpu/run/memory.ts";
import type { Pipeline } from "../../../../src/backend/webgpu/run/pipelines.ts";
import type { Troubles } from "../../../../src/backend/webgpu/run/troubles.ts";

const allocation = (id: number) => ({ id, label: `${id}`, bytes: 4096 }) as Allocation;
const pipeline = (name: string) => ({ name }) as Pipeline;
const [A, B, C] = [0, 1, 2].map(allocation);
const [ADD, GEGLU] = [pipeline("add"), pipeline("geglu")];

/** Groups that are numbered as they are made. */
function groups(): BindGroups {
  let count = 0;
  const device = { createBindGroup: () => count++ } as unknown as GPUDevice;
  const troubles = { watch: (work: () => unknown) => work() } as unknown as Troubles;
  return new BindGroups(device, troubles, allocation(99));
}

const whole = (...buffers: readonly Allocation[]) => buffers.map((memory) => ({ memory }));
const stretch = (memory: Allocation, offset: number, size: number) => ({
  memory,
  stretch: { offset, size },
});

describe("groups of bound buffers", () => {
  it("are the same for the same pipeline and buffers, in their order, and for no others", () => {
    const made = groups();
    const all = [
      [ADD, whole(A, B, C)],
      [ADD, whole(A, C, B)],
      [GEGLU, whole(A, B, C)],
      [ADD, whole(A, B)],
    ] as const;
    expect(all.map(([of, bound]) => made.of(of, bound))).toEqual([0, 1, 2, 3]);
    expect(all.map(([of, bound]) => made.of(of, bound))).toEqual([0, 1, 2, 3]);
  });

  it("tell stretches apart, by offset and by size, and from whole buffers", () => {
    const made = groups();
    const all = [
      [stretch(A, 1, 2)],
      [stretch(A, 1, 256)],
      [stretch(A, 256, 2)],
      whole(A),
      whole(A, B, C), // the numbers of the first stretch
      [stretch(A, 1, 2), ...whole(B)],
      [...whole(A), stretch(B, 2, 1)],
    ];
    const numbers = [0, 1, 2, 3, 4, 5, 6];
    expect(all.map((bound) => made.of(ADD, bound))).toEqual(numbers);
    expect(all.map((bound) => made.of(ADD, bound))).toEqual(numbers);
  });

  it("are forgotten with any of their buffers, and only they", () => {
    const made = groups();
    const all = [whole(A, B), whole(B, A), whole(A, C), whole(C), [stretch(B, 0, 256)]];
    for (const bound of all) made.of(ADD, bound);
    made.forget(B);
    expect(all.map((bound) => made.of(ADD, bound))).toEqual([5, 6, 2, 3, 7]);
    made.forget(C);
    made.forget(C);
    expect(all.map((bound) => made.of(ADD, bound))).toEqual([5, 6, 8, 9, 7]);
  });
});
