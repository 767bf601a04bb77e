/** Looking inside a running model. @module */
export { type Derivation, derivationOf } from "./derived-taps.ts";
export { type Trace, type TraceOptions, trace } from "./trace.ts";
