/**
 * Tensors for what is used up at once: made when they are first needed, as large as passes have been.
 * @module
 */
import type { Backend, Handles } from "../../backend/backend.ts";
import type { ScratchOf } from "./ops.ts";

export interface Scratch<Dev extends Handles> {
  readonly of: ScratchOf<Dev>;
  free(): void;
}

/** So that not every length of a prompt makes its own. */
const STEP = 32;

export function scratchOf<Dev extends Handles>(backend: Backend<Dev>): Scratch<Dev> {
  const held = new Map<string, { readonly rows: number; readonly tensor: Dev["tensor"] }>();
  return {
    of(name, rows, columns) {
      const label = `${name}, ${columns}`;
      const old = held.get(label);
      if (old && old.rows >= rows) return old.tensor;
      if (old) backend.free("tensor", old.tensor);
      held.delete(label); // there may be no memory for the next one
      const room = STEP * Math.ceil(rows / STEP);
      const tensor = backend.alloc(label, room, columns);
      held.set(label, { rows: room, tensor });
      return tensor;
    },
    free() {
      for (const { tensor } of held.values()) backend.free("tensor", tensor);
      held.clear();
    },
  };
}
