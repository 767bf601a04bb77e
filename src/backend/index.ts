/** The backend interface, its recorder and its checks. @module */
export type {
  Arriving,
  Backend,
  BackendInfo,
  Handles,
  KVOptions,
  Ops,
  Rows,
  Span,
} from "./backend.ts";
export { type CheckedHandles, type CheckedTensor, GuardError, withChecks } from "./checks.ts";
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
