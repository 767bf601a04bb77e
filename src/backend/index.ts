/** The backend interface, its recorder and its checks. @module */
export {
  type Accuracy,
  type Arriving,
  type Backend,
  BackendError,
  type BackendErrorDetails,
  type BackendInfo,
  type Handles,
  type KernelName,
  type KVOptions,
  type Ops,
  type Rows,
  type Span,
} from "./backend.ts";
export type {
  AttentionForward,
  BackwardOps,
  HeadBackward,
  NormBackward,
  TrainingBackend,
} from "./backward.ts";
export { type CheckedHandles, type CheckedKV, type CheckedWeight, withChecks } from "./checks.ts";
export type { Matmuls } from "./matmuls.ts";
export {
  BACKEND_NAMES,
  type BackendName,
  backendNamed,
  type NamedBackend,
  type NamedBackendOptions,
} from "./named.ts";
export {
  type Bindings,
  type RecordedHandles,
  type Recorder,
  type RowsName,
  recorder,
  runStep,
  type Step,
  type Tape,
} from "./record.ts";
export { type CheckedTensor, GuardError } from "./row-watch.ts";
