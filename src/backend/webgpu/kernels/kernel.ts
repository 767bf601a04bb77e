/**
 * What a kernel is: WGSL, and how it is bound. Binding 0 is `params`, a uniform that every dispatch has its own of;
 * buffers follow in the order of `bindings`.
 *
 * A row of an activation begins `stride` numbers behind the one before, a multiple of 64, so that any stretch of rows
 * may be bound by itself. Numbers behind its columns are 0 and stay so.
 * @module
 */

/** How a buffer is used: `write` also reads. */
export type Binding = "read" | "write";

/** A compute shader. */
export interface Kernel {
  /** Its name in messages, and in the cache of pipelines: one name, one text. */
  readonly name: string;
  readonly bindings: readonly Binding[];
  /** WGSL with an entry point `main`. */
  readonly code: string;
}

/** Bytes of `params`: WebGPU's minUniformBufferOffsetAlignment, which no device has larger. */
export const UNIFORM_BYTES = 256;

/** Columns that a workgroup does, where each invocation does one, or one pair. */
export const COLUMNS = 64;

/** WGSL: which workgroup this is, where there are more than a grid has along x. */
export const LINEAR_GROUP: string = /* wgsl */ `
fn linearGroup(group: vec3u, groups: vec3u) -> u32 {
  return group.y * groups.x + group.x;
}
`;

/** Most workgroups along one dimension (WebGPU's default limit, maxComputeWorkgroupsPerDimension). */
export const MOST_GROUPS = 65_535;

/** A grid of at least `groups` workgroups, as flat as it may be. Those that are too many have nothing to do. */
export function gridOf(groups: number): [x: number, y: number] {
  const y = Math.ceil(groups / MOST_GROUPS);
  return [Math.ceil(groups / y), y];
}
