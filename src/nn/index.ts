/** The components of the report, one file each, with the way back through each: pure functions on ndarrays. @module */
export { type AttentionOptions, attention } from "./attention.ts";
export {
  type AttentionBackwardOptions,
  type AttentionGradients,
  attentionBackward,
} from "./backward/attention.ts";
export { type EmbedBackwardOptions, embedBackward } from "./backward/embedding.ts";
export {
  type GegluBackwardOptions,
  type GegluGradients,
  gegluBackward,
  geluDerivative,
} from "./backward/geglu.ts";
export {
  type LinearInputBackwardOptions,
  type LinearWeightBackwardOptions,
  linearInputBackward,
  linearWeightBackward,
} from "./backward/linear.ts";
export { type Matmuls, plainMatmuls } from "./backward/matmuls.ts";
export { type RmsNormBackwardOptions, rmsNormBackward } from "./backward/rmsnorm.ts";
export { applyRopeBackward, type RopeBackwardOptions } from "./backward/rope.ts";
export { type SoftmaxBackwardOptions, softmaxBackward } from "./backward/softmax.ts";
export { type EmbedOptions, embed } from "./embedding.ts";
export { type GegluOptions, geglu, gelu } from "./geglu.ts";
export { type LinearOptions, linear } from "./linear.ts";
export { argmax, type LogitRow, logProbability, logProbabilityAmongTop } from "./log-softmax.ts";
export { type CrossEntropy, type CrossEntropyOptions, crossEntropy } from "./loss/cross-entropy.ts";
export { type CrossEntropyHeadOptions, crossEntropyHead } from "./loss/cross-entropy-head.ts";
export { type AddOptions, add } from "./residual.ts";
export { type RmsNormOptions, rmsNorm } from "./rmsnorm.ts";
export { applyRope, type RopeAngles, type RopeOptions, ropeAngles } from "./rope.ts";
export { type SoftmaxOptions, softmax, softmaxInPlace } from "./softmax.ts";
