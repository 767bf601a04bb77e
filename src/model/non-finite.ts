/**
 * What to say when logits are not finite. Weights are not searched when they are loaded: that would read 17 GB
 * for a fault that hardly any file has. But NaN or an infinity in a weight shows with the first token, and is looked
 * for then. In a block it makes every logit NaN, because a norm follows (∞ / ∞); in the last norm it makes every
 * logit NaN or infinite; in the table, the logit of its own row.
 *
 * So do numbers that grow too large on the way; but not in float64 beyond 1e154, of which a norm makes 0, as
 * PyTorch's does. A pass without logits is not looked at: what it left in a cache reaches the logits of the next.
 * @module
 */
import type { BackendInfo, Handles } from "../backend/backend.ts";
import { type FormatError, refusals, type UnsupportedError } from "../errors.ts";
import { storedFromBytes, type WeightSource, widenRow } from "../tensor/stored.ts";
import { type FloatArray, formatShape } from "../tensor/tensor.ts";
import type { RecordedPass, Runnable } from "./feed.ts";
import type { ForwardArguments } from "./forward.ts";
import { type SlotOf, separateSlots } from "./slots.ts";
import type { RecordedTap } from "./taps.ts";

/** Bytes of a weight that are looked at together. */
const PORTION = 2 ** 24;

/** The index of the first number that is not finite, or −1. It runs with every token. */
export function firstBad(values: FloatArray): number {
  for (let i = 0; i < values.length; i++) if (!Number.isFinite(values[i])) return i;
  return -1;
}

/** Where something is not finite, and what is there instead. */
export interface BadTap {
  readonly tap: RecordedTap;
  readonly value: number;
  /** The sequence it belongs to, where there are several. */
  readonly sequence?: string;
}

/**
 * Says why logits have NaN or an infinity.
 * @param file the checkpoint's name.
 * @param where finds the first intermediate that is not finite.
 * @returns a FormatError naming the first weight that has a number that is not finite; an UnsupportedError naming that
 * intermediate, if all weights are finite: then it is the arithmetic.
 * @throws the signal's reason.
 */
export async function whyNotFinite(
  sources: ReadonlyMap<string, WeightSource>,
  file: string,
  { name, precision }: Pick<BackendInfo, "name" | "precision">,
  where: () => Promise<BadTap>,
  signal?: AbortSignal,
): Promise<FormatError | UnsupportedError> {
  for (const [weight, source] of sources) {
    const found = await firstNonFinite(source, signal);
    if (!found) continue;
    const hint = Number.isNaN(found.value)
      ? "the file is damaged; download it again and compare its SHA-256"
      : "the file is damaged, or was merged or converted in a dtype too small, such as float16; get or make it again";
    const got = `${found.value} at ${formatShape(found.index)}`;
    return refusals("forward", source.file ?? file).format(weight, "finite numbers", got, hint);
  }
  const tooLarge =
    precision === "float64"
      ? "the weights are too large to compute with"
      : "something grew too large for it: try precision float64";
  const wrong = name === "cpu" ? "" : `; or backend "${name}" is wrong: compare with "cpu"`;
  const { tap, value, sequence } = await where();
  const got = sequence === undefined ? `${value}` : `${value} for ${sequence}`;
  const expected = "finite numbers, as all weights are";
  const hint = `${tooLarge}${wrong}`;
  return refusals("forward", file).unsupported(tap, expected, `${got}, in ${precision}`, hint);
}

/**
 * The first intermediate that is not finite, in the order of computing.
 * @param passes of one sequence by itself, run once more: also those before the last, whose keys and values it sees.
 */
export async function firstBadTap<Dev extends Handles>(
  model: Runnable<Dev>,
  passes: readonly RecordedPass<Dev>[],
  run: (pass: ForwardArguments<Dev>) => void,
  signal?: AbortSignal,
): Promise<BadTap | undefined> {
  for (const pass of passes) {
    signal?.throwIfAborted(); // its cache may be in other hands since
    const found = await firstBadTapOf(model, pass, run, signal);
    if (found) return found;
  }
  return undefined;
}

async function firstBadTapOf<Dev extends Handles>(
  { backend, config }: Runnable<Dev>,
  { tokens, count, args }: RecordedPass<Dev>,
  run: (pass: ForwardArguments<Dev>) => void,
  signal?: AbortSignal,
): Promise<BadTap | undefined> {
  const slots = separateSlots(backend, config, { rows: count, logitRows: count });
  const names = new Set<RecordedTap>();
  try {
    backend.setIds(args.ids, tokens);
    const noted: SlotOf<Dev> = (name) => {
      names.add(name); // in the order in which they are asked for
      return slots(name);
    };
    run({ ...args, slots: noted, logitRows: [{ from: 0, count }] });
    for (const tap of names) {
      const values = await backend.read(slots(tap), { from: 0, count }, signal);
      const at = firstBad(values);
      if (at >= 0) return { tap, value: values[at] };
    }
    return undefined;
  } finally {
    slots.free();
  }
}

async function firstNonFinite(
  source: WeightSource,
  signal?: AbortSignal,
): Promise<{ value: number; index: number[] } | undefined> {
  const { dtype, shape } = source;
  const columns = shape[shape.length - 1] ?? 1;
  const isVector = shape.length < 2;
  const [count] = isVector ? [1] : shape;
  const step = Math.max(1, Math.floor(PORTION / (8 * columns)));
  const row = new Float64Array(columns);
  for (let begin = 0; begin < count; begin += step) {
    const end = Math.min(count, begin + step);
    const bytes = await source.rows(isVector ? 0 : begin, isVector ? columns : end, signal);
    const stored = storedFromBytes(bytes, dtype, [end - begin, columns]);
    for (let r = 0; r < end - begin; r++) {
      widenRow(stored, r, row);
      const c = row.findIndex((x) => !Number.isFinite(x));
      if (c >= 0) return { value: row[c], index: isVector ? [c] : [begin + r, c] };
    }
  }
  return undefined;
}
