/** The components of the report, one file each: pure functions on ndarrays. @module */
export * from "./attention.ts";
export * from "./embedding.ts";
export * from "./geglu.ts";
export * from "./linear.ts";
export * from "./residual.ts";
export * from "./rmsnorm.ts";
export * from "./rope.ts";
export * from "./softmax.ts";
