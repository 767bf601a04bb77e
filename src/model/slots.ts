/**
 * Where the intermediates of a pass lie. For inference many share a buffer, because each is used up
 * before the next needs the room; for a trace each has its own.
 * @module
 */
import type { Backend, Handles } from "../backend/backend.ts";
import type { GemmaConfig } from "../config.ts";
import { parseTap, type RecordedTap, tapColumns } from "./taps.ts";

/** Answers which tensor holds a tap. */
export type SlotOf<Dev extends Handles> = (name: RecordedTap) => Dev["tensor"];

/** Rows of the tensors: of the intermediates, and of the logits. */
export interface SlotRows {
  readonly rows: number;
  readonly logitRows: number;
}

/** Tensors allocated as they are asked for. */
export interface Slots<Dev extends Handles> extends SlotOf<Dev> {
  /** Frees the tensors handed out. */
  free(): void;
}

/**
 * Taps that share one buffer, as the forward pass reads and writes them: the stream is added to in
 * place, queries and keys are rotated in place, and a norm's output lives until its projections are
 * done.
 */
const SHARED: Record<string, string> = {
  hook_embed: "stream",
  hook_resid_mid: "stream",
  hook_resid_post: "stream",
  "ln1.hook_out": "normed",
  "ln2.hook_out": "normed",
  "ln_final.hook_out": "normed",
  hook_attn_out: "block_out",
  hook_mlp_out: "block_out",
  "attn.hook_rot_q": "attn.hook_q",
  "attn.hook_rot_k": "attn.hook_k",
};

/** Eleven buffers for all blocks, allocated when first asked for. */
export function sharedSlots<Dev extends Handles>(
  backend: Backend<Dev>,
  config: GemmaConfig,
  sizes: SlotRows,
): Slots<Dev> {
  return allocating(
    (name) => SHARED[parseTap(name).tap] ?? parseTap(name).tap,
    backend,
    config,
    sizes,
  );
}

/** Slots for passes of any number of logits. */
export interface PassSlots<Dev extends Handles> {
  /** The slots of a pass with so many rows of logits. Those before may be overwritten, or freed. */
  of(logitRows: number): SlotOf<Dev>;
  free(): void;
}

/**
 * As {@link sharedSlots}, with room for as many rows of logits as passes have had: all of them (maxRows · V) is a
 * large buffer, and most passes want a row of each sequence.
 */
export function passSlots<Dev extends Handles>(
  backend: Backend<Dev>,
  config: GemmaConfig,
  rows: number,
): PassSlots<Dev> {
  const one = sharedSlots(backend, config, { rows, logitRows: 1 });
  let room = 1;
  let many: Slots<Dev> | undefined;
  const withMany = (name: RecordedTap) => (name === "logits" && many ? many : one)(name);
  return {
    of(logitRows) {
      if (logitRows <= 1) return one;
      if (logitRows > room) {
        many?.free();
        room = Math.min(rows, Math.max(logitRows, 2 * room));
        many = sharedSlots(backend, config, { rows: 0, logitRows: room });
      }
      return withMany;
    },
    free() {
      one.free();
      many?.free();
    },
  };
}

/** A buffer for each tap. */
export function separateSlots<Dev extends Handles>(
  backend: Backend<Dev>,
  config: GemmaConfig,
  sizes: SlotRows,
): Slots<Dev> {
  return allocating((name) => name, backend, config, sizes);
}

/** Slots in which taps that `bufferOf` gives the same name share a tensor. */
export function allocating<Dev extends Handles>(
  bufferOf: (name: RecordedTap) => string,
  backend: Backend<Dev>,
  config: GemmaConfig,
  sizes: SlotRows,
): Slots<Dev> {
  const byName = new Map<RecordedTap, Dev["tensor"]>();
  const byBuffer = new Map<string, Dev["tensor"]>();
  const slots = (name: RecordedTap): Dev["tensor"] => {
    if (!byName.has(name)) {
      const buffer = bufferOf(name);
      if (!byBuffer.has(buffer)) {
        const count = name === "logits" ? sizes.logitRows : sizes.rows;
        byBuffer.set(buffer, backend.alloc(buffer, count, tapColumns(name, config)));
      }
      byName.set(name, byBuffer.get(buffer) as Dev["tensor"]);
    }
    return byName.get(name) as Dev["tensor"];
  };
  return Object.assign(slots, {
    free() {
      for (const tensor of byBuffer.values()) backend.free("tensor", tensor);
      byName.clear();
      byBuffer.clear();
    },
  });
}
