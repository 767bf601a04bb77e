/** The components of the report, one file each: pure functions on ndarrays. @module */
export { type AttentionOptions, attention } from "./attention.ts";
export { type EmbedOptions, embed } from "./embedding.ts";
export { type GegluOptions, geglu, gelu } from "./geglu.ts";
export { type LinearOptions, linear } from "./linear.ts";
export { argmax, type LogitRow, logProbability } from "./log-softmax.ts";
export { type AddOptions, add } from "./residual.ts";
export { type RmsNormOptions, rmsNorm } from "./rmsnorm.ts";
export { applyRope, type RopeAngles, type RopeOptions, ropeAngles } from "./rope.ts";
export { type SoftmaxOptions, softmax, softmaxInPlace } from "./softmax.ts";
