/** Looking inside a running model: every intermediate by name, to read and to change. @module */
export { ActivationCache } from "./activation-cache.ts";
export type { Hook, HookPoint, Hooks } from "./hooks.ts";
export {
  type RunOptions,
  type RunWithCacheOptions,
  runWithCache,
  runWithHooks,
} from "./run-with-cache.ts";
export type { TapFilter, TapSelection } from "./select.ts";
export { type Trace, type TraceOptions, trace } from "./trace.ts";
export { weightOf } from "./weights.ts";
