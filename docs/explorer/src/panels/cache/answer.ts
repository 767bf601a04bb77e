/**
 * A cache of the library that follows the page: it is fed token by token, and rewound where the visitor goes back, or
 * types another text. What it holds is read from its memory; its logits are compared with those of a pass that has none.
 * @module
 */
import type { CpuKV } from "../../../../../src/backend/cpu/handles.ts";
import type { KVCache } from "../../../../../src/model/kv-cache.ts";
import type { NdArray } from "../../../../../src/tensor/tensor.ts";
import type { Call } from "../../answers/call.ts";
import { rowOf } from "../../answers/rows.ts";
import type { Subject } from "../../answers/subject.ts";
import { type Cache, type CacheQuestion, type Pass, SHOWN } from "./question.ts";

interface Kept {
  readonly cache: KVCache;
  /** What it holds. */
  fed: readonly number[];
  /** Settles when nobody writes to it. */
  turn: Promise<unknown>;
}
const kept = new WeakMap<Subject, Kept>();

export async function cacheOf(
  subject: Subject,
  ask: CacheQuestion["ask"],
  { signal }: Call,
): Promise<Cache> {
  const own = kept.get(subject) ?? {
    cache: subject.gemma.createCache(),
    fed: [],
    turn: Promise.resolve(),
  };
  kept.set(subject, own);
  const answer = own.turn.then(() => stepTo(subject, own, ask, signal));
  own.turn = answer.catch(() => {});
  return answer;
}

async function stepTo(
  subject: Subject,
  own: Kept,
  { prompt, head, rows: wanted = Number.POSITIVE_INFINITY }: CacheQuestion["ask"],
  signal: AbortSignal,
): Promise<Cache> {
  signal.throwIfAborted();
  const { gemma, info } = subject;
  const { tokens, cache: taps } = await subject.run(prompt);
  const ids = tokens.map(({ id }) => id);
  const rows = Math.min(wanted, ids.length);
  const { cache } = own;
  // What both texts begin with is kept; the last row is always fed, for its logits.
  let same = 0;
  while (same < Math.min(own.fed.length, rows - 1) && own.fed[same] === ids[same]) same++;
  cache.rewind(same);
  own.fed = ids.slice(0, same);
  if (same < rows - 1) {
    await gemma.model.forward(ids.slice(same, rows - 1), cache, { logits: "none", signal });
  }
  own.fed = ids.slice(0, rows - 1);
  const [cached, logits] = await timed(subject, ids.slice(rows - 1, rows), cache, signal);
  own.fed = ids.slice(0, rows);
  const empty = gemma.createCache({ contextLength: rows });
  const [anew, again] = await timed(subject, ids.slice(0, rows), empty, signal).finally(() =>
    empty.dispose(),
  );

  const from = Math.max(0, rows - SHOWN);
  const keyHead = Math.floor((head * info.keyHeads) / info.heads);
  const shown = (memory: NdArray) => {
    const H = info.headDim;
    const all = new Float64Array((rows - from) * H);
    for (let r = from; r < rows; r++) all.set(rowOf(memory, r, keyHead), (r - from) * H);
    return all;
  };
  // Of other backends the memory cannot be read: what they write to it is in the taps.
  const written = (tap: string) =>
    Array.from({ length: info.layers }, (_, l) => taps.get(`blocks.${l}.attn.${tap}`));
  const { keys, values } =
    gemma.backend.info.name === "cpu"
      ? (cache.kv as CpuKV)
      : { keys: written("hook_rot_k"), values: written("hook_v") };
  return {
    prompt,
    tokens,
    rows,
    from,
    keyHead,
    keys: keys.map(shown),
    values: values.map(shown),
    config: gemma.config,
    cached,
    anew,
    difference: logits.reduce((most, x, i) => Math.max(most, Math.abs(x - again[i])), 0),
  };
}

/** Milliseconds after which a pass is not repeated. */
const PATIENCE = 60;
const RUNS = 3;

/** A pass behind what `cache` holds; a short one more than once, rewound in between, as the first is slower. */
async function timed(
  { gemma }: Subject,
  ids: readonly number[],
  cache: KVCache,
  signal: AbortSignal,
): Promise<[Pass, Float64Array]> {
  const { length } = cache;
  let row: Float64Array = new Float64Array(0);
  let milliseconds = Number.POSITIVE_INFINITY;
  const begin = performance.now();
  for (let run = 0; run < RUNS && performance.now() - begin < PATIENCE; run++) {
    cache.rewind(length);
    const start = performance.now();
    row = rowOf(await gemma.model.forward(ids, cache, { signal }), 0);
    milliseconds = Math.min(milliseconds, performance.now() - start);
  }
  return [{ rows: ids.length, milliseconds, top: row.reduce((a, b) => Math.max(a, b)) }, row];
}
