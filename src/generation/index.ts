/** Sampling, generation and likelihood. @module */
export * from "./chat.ts";
export * from "./generate.ts";
export * from "./random.ts";
export * from "./sampler.ts";
export * from "./score.ts";
export * from "./stop-text.ts";
