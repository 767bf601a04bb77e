/**
 * Buffers bound to a pipeline, each set of them once. They are found again along a path of numbers: a token asks for
 * hundreds of groups, and to spell their buffers out as a key took a fifth of its time on the processor.
 * @module
 */
import { UNIFORM_BYTES } from "../kernels/kernel.ts";
import type { Allocation } from "./memory.ts";
import type { Pipeline } from "./pipelines.ts";
import type { Troubles } from "./troubles.ts";

/** A buffer that is bound, or a stretch of one. */
export interface Bound {
  readonly memory: Allocation;
  readonly stretch?: { readonly offset: number; readonly size: number };
}

/** Where paths part. A path has a number for each buffer, and three for a stretch of one. */
interface Node {
  readonly number: number;
  readonly parent?: Node;
  readonly next: Map<number, Node>;
  /** Where a path ends. */
  found?: { readonly group: GPUBindGroup; readonly bound: readonly Bound[] };
}

export class BindGroups {
  readonly #device: GPUDevice;
  readonly #troubles: Troubles;
  readonly #uniforms: Allocation;
  readonly #roots = new Map<Pipeline, Node>();
  /** The ends of paths that a buffer is on, by its id. */
  readonly #ends = new Map<number, Set<Node>>();

  /** @param uniforms what binding 0 is a part of, in every group. */
  constructor(device: GPUDevice, troubles: Troubles, uniforms: Allocation) {
    this.#device = device;
    this.#troubles = troubles;
    this.#uniforms = uniforms;
  }

  /** The buffers of a dispatch as a group: the same for the same pipeline, buffers and stretches. */
  of(pipeline: Pipeline, bound: readonly Bound[]): GPUBindGroup {
    let node = this.#roots.get(pipeline);
    if (!node) {
      node = { number: 0, next: new Map() };
      this.#roots.set(pipeline, node);
    }
    for (const { memory, stretch } of bound) {
      // Negative before a stretch: its offset cannot be taken for the buffer that comes next.
      node = following(node, stretch ? -1 - memory.id : memory.id);
      if (stretch) node = following(following(node, stretch.offset), stretch.size);
    }
    if (node.found) return node.found.group;
    const group = this.#make(pipeline, bound);
    node.found = { group, bound };
    for (const { memory } of bound) {
      const ends = this.#ends.get(memory.id) ?? new Set();
      this.#ends.set(memory.id, ends.add(node));
    }
    return group;
  }

  /** Forgets the groups that a buffer is in. */
  forget({ id }: Allocation): void {
    for (const end of this.#ends.get(id) ?? []) {
      for (const { memory } of end.found?.bound ?? []) this.#ends.get(memory.id)?.delete(end);
      end.found = undefined;
      prune(end);
    }
    this.#ends.delete(id);
  }

  #make({ name, layout }: Pipeline, bound: readonly Bound[]): GPUBindGroup {
    const entries: GPUBindGroupEntry[] = bound.map(({ memory, stretch }, i) => ({
      binding: i + 1,
      resource: { buffer: memory.buffer, ...stretch },
    }));
    const { buffer } = this.#uniforms;
    entries.push({ binding: 0, resource: { buffer, size: UNIFORM_BYTES } });
    const make = () => this.#device.createBindGroup({ label: name, layout, entries });
    return this.#troubles.watch(make, name);
  }
}

function following(parent: Node, number: number): Node {
  let node = parent.next.get(number);
  if (!node) {
    node = { number, parent, next: new Map() };
    parent.next.set(number, node);
  }
  return node;
}

/** Cuts off what no path goes along any more. */
function prune(end: Node): void {
  for (let node = end; node.parent && node.next.size === 0 && !node.found; node = node.parent) {
    node.parent.next.delete(node.number);
  }
}
