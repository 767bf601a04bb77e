/** The model: forward pass, weights, cache and taps. @module */
export * from "./check-ids.ts";
export * from "./derived-taps.ts";
export * from "./forward.ts";
export * from "./kv-cache.ts";
export * from "./model.ts";
export * from "./slots.ts";
export * from "./tape.ts";
export * from "./taps.ts";
export * from "./trace.ts";
export * from "./weights.ts";
