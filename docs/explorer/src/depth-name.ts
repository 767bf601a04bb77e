/** How depths of the stream are called. @module */
export function depthName(depth: number): string {
  if (depth === 0) return "embedding";
  return `layer ${(depth - 1) >> 1} ${depth % 2 === 1 ? "attention" : "MLP"}`;
}
