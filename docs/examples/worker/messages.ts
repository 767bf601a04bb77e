/** What page and worker say to each other. Types alone: nothing of this file is in the bundle. */
import type { BackendName, FinishReason } from "gemma-reference";

/** To the worker. */
export type Request =
  /** Once, before all else. A worker has an address of its own, so that of the model is whole. */
  | { type: "load"; model: string; backend: BackendName }
  /** A question, which waits for its turn; `id` comes back with all that belongs to its answer. */
  | { type: "ask"; id: number; question: string }
  /** Ends the answer under way, and all that wait. */
  | { type: "stop" }
  /** Stops, and forgets the conversation. */
  | { type: "new chat" };

/** From the worker. */
export type Report =
  | { type: "progress"; loaded: number; total: number }
  /** `why`: where "auto" has chosen the backend. */
  | { type: "ready"; backend: string; why: string | undefined }
  | { type: "token"; id: number; text: string }
  | { type: "end"; id: number; reason: FinishReason | undefined }
  /** What went wrong in an answer, or, without `id`, with the model as a whole. */
  | { type: "error"; id?: number; message: string };
