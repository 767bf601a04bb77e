/**
 * The bindings of a weight: its words, and its scales where the format has some.
 * @module
 */
import type { GpuFormat } from "../formats/format.ts";
import type { Binding } from "./kernel.ts";

export function weightBindings({ block }: GpuFormat): Binding[] {
  return block.scales === 0 ? ["read"] : ["read", "read"];
}

/** WGSL: `words` at binding `at`, `scales` behind it. */
export function weightDeclarations({ element, block }: GpuFormat, at: number): string {
  const words = `@group(0) @binding(${at}) var<storage, read> words: array<${element}>;`;
  if (block.scales === 0) return words;
  return `${words}\n@group(0) @binding(${at + 1}) var<storage, read> scales: array<f32>;`;
}
