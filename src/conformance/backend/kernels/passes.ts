/**
 * Spans in as many calls as a backend needs.
 * @module
 */
import type { Span } from "../../../backend/backend.ts";

/** Spans in passes of at most `maxRows` rows; a longer span is cut. */
export function passesOf<S extends Omit<Span, "kv">>(spans: readonly S[], maxRows: number): S[][] {
  const passes: S[][] = [[]];
  let room = maxRows;
  for (const span of spans) {
    for (let done = 0; done < span.count || done === 0; ) {
      const count = Math.min(span.count - done, room);
      const { from, pos, into } = span;
      const cut = { ...span, from: from + done, count, pos: pos + done };
      passes[passes.length - 1].push(into === undefined ? cut : { ...cut, into: into + done });
      done += Math.max(1, count);
      room -= count;
      if (room > 0) continue;
      passes.push([]);
      room = maxRows;
    }
  }
  return passes.filter((pass) => pass.length > 0);
}
