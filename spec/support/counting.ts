/** A backend that keeps an account of what it gives and what it gets back. */
import type { Backend, Handles } from "../../src/backend/backend.ts";

export interface Account {
  /** Handles that are out, by kind. */
  readonly out: Record<keyof Handles, number>;
  disposals: number;
}

/** `backend`, counting. A handle that is freed twice is an error. */
export function counting<Dev extends Handles>(
  backend: Backend<Dev>,
): { readonly backend: Backend<Dev>; readonly account: Account } {
  const account: Account = { out: { tensor: 0, weight: 0, kv: 0, ids: 0 }, disposals: 0 };
  const held = new Set<unknown>();
  const took = <T>(kind: keyof Handles, handle: T): T => {
    account.out[kind]++;
    held.add(handle);
    return handle;
  };
  const { uploadLater } = backend;
  return {
    account,
    backend: {
      ...backend,
      alloc: (...args) => took("tensor", backend.alloc(...args)),
      allocIds: (length) => took("ids", backend.allocIds(length)),
      createKV: (...args) => took("kv", backend.createKV(...args)),
      upload: async (...args) => took("weight", await backend.upload(...args)),
      ...(uploadLater && {
        uploadLater(...args) {
          const arriving = uploadLater(...args);
          took("weight", arriving.weight);
          return arriving;
        },
      }),
      free(kind, handle) {
        if (!held.delete(handle)) throw new Error(`a ${kind} that is not out`);
        account.out[kind]--;
        backend.free(kind, handle);
      },
      dispose() {
        account.disposals++;
        backend.dispose();
      },
    },
  };
}
