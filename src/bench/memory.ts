/**
 * The memory of this process that lies in RAM.
 * @module
 */

/** Bytes in RAM now, and the most there ever were; undefined in a browser, which does not say. */
export function residentBytes(): { readonly now: number; readonly peak: number } | undefined {
  const { process } = globalThis;
  if (typeof process?.memoryUsage !== "function") return undefined;
  const peak = process.resourceUsage().maxRSS * 1024;
  return { now: process.memoryUsage.rss(), peak };
}
