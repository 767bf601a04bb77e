/** A backend that notes the passes of a model. */
import type { Backend, Handles } from "../../src/backend/backend.ts";

export interface PassLog {
  /** The ids of each pass, in order of recording. */
  readonly passes: number[][];
  /** Called when a pass is about to be read; the read waits for what it gives. */
  onRead: (pass: number) => void | Promise<void>;
  /** Most reads that were outstanding at once. */
  mostOutstanding: number;
}

/** `backend`, and what it was asked. */
export function logged<Dev extends Handles>(
  backend: Backend<Dev>,
): { readonly backend: Backend<Dev>; readonly log: PassLog } {
  const log: PassLog = { passes: [], onRead: () => {}, mostOutstanding: 0 };
  let outstanding = 0;
  return {
    log,
    backend: {
      ...backend,
      setIds(dst, ids) {
        log.passes.push(Array.from(ids));
        backend.setIds(dst, ids);
      },
      async read(...args) {
        log.mostOutstanding = Math.max(log.mostOutstanding, ++outstanding);
        try {
          const reading = backend.read(...args);
          reading.catch(() => {});
          await log.onRead(log.passes.length);
          return await reading;
        } finally {
          outstanding--;
        }
      },
    },
  };
}
