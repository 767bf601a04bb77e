/**
 * The bindings of a weight: its words, and its scales where the format has some.
 * @module
 */
import type { GpuFormat } from "../formats/format.ts";
import type { Binding } from "./kernel.ts";

export function weightBindings({ block }: GpuFormat): Binding[] {
  return block.scales === 0 ? ["read"] : ["read", "read"];
}

/**
 * WGSL: `words` at binding `at`, `scales` behind it, and `eight` of them.
 * @param which what follows these names, where there are several matrices.
 */
export function weightDeclarations(format: GpuFormat, at: number, which = ""): string {
  const { element, block } = format;
  const words = `@group(0) @binding(${at}) var<storage, read> words${which}: array<${element}>;`;
  const scales = `@group(0) @binding(${at + 1}) var<storage, read> scales${which}: array<f32>;`;
  return `${words}\n${block.scales === 0 ? "" : scales}\n${format.eight(which)}`;
}
