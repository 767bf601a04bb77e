/**
 * The stream by depth: 0 is the embedding, 2i + 1 comes behind the attention of layer i, 2i + 2 behind its MLP.
 * @module
 */
export function streamTap(depth: number): string {
  if (depth === 0) return "hook_embed";
  return `blocks.${(depth - 1) >> 1}.hook_resid_${depth % 2 === 1 ? "mid" : "post"}`;
}

/** That which was added on the way to a depth from 1 on. */
export function addedTap(depth: number): string {
  return `blocks.${(depth - 1) >> 1}.hook_${depth % 2 === 1 ? "attn" : "mlp"}_out`;
}

export function depthsOf(layers: number): number[] {
  return Array.from({ length: 2 * layers + 1 }, (_, depth) => depth);
}
