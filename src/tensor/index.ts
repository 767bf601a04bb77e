/** Tensors, stored weights, and the arithmetics of the reference. @module */
export * from "./bfloat16.ts";
export * from "./float16.ts";
export * from "./precision.ts";
export * from "./stored.ts";
export * from "./tensor.ts";
