/**
 * What to say when logits are not numbers. Weights are not searched for NaN when they are loaded: that
 * would read 17 GB for a fault that hardly any file has. But a NaN in any weight reaches every logit
 * (in the embedding, the logit of its own row), so it shows with the first token, and is looked for then.
 * @module
 */
import type { BackendInfo, Handles } from "../backend/backend.ts";
import { refusals } from "../errors.ts";
import { storedFromBytes, type WeightSource, widenRow } from "../tensor/stored.ts";
import { type FloatArray, formatShape } from "../tensor/tensor.ts";
import type { RecordedPass, Runnable } from "./feed.ts";
import type { ForwardArguments } from "./forward.ts";
import { separateSlots } from "./slots.ts";
import type { RecordedTap } from "./taps.ts";

/** Bytes of a weight that are looked at together. */
const PORTION = 2 ** 24;

function hasNaN(values: FloatArray): boolean {
  for (let i = 0; i < values.length; i++) if (Number.isNaN(values[i])) return true;
  return false;
}

/**
 * Refuses logits that have a NaN, and says why.
 * @param file the checkpoint's name.
 * @param where finds the first intermediate that has a NaN.
 * @throws {FormatError} naming the first weight that has a number that is not finite.
 * @throws {UnsupportedError} naming that intermediate, if all weights are finite: then it is the arithmetic.
 * @throws the signal's reason.
 */
export async function assertNumbers(
  logits: FloatArray,
  sources: ReadonlyMap<string, WeightSource>,
  file: string,
  { name, precision }: Pick<BackendInfo, "name" | "precision">,
  where: () => Promise<string | undefined>,
  signal?: AbortSignal,
): Promise<void> {
  if (!hasNaN(logits)) return;
  const refuse = refusals("forward", file);
  for (const [weight, source] of sources) {
    const found = await firstNonFinite(source, signal);
    if (!found) continue;
    const hint = "the file is damaged; download it again and compare its SHA-256";
    const got = `${found.value} at ${formatShape(found.index)}`;
    throw refuse.format(weight, "finite numbers", got, hint);
  }
  const tooLarge =
    precision === "float64"
      ? "the weights are too large to compute with"
      : "something grew too large for it: try precision float64";
  const wrong = name === "cpu" ? "" : `; or backend "${name}" is wrong: compare with "cpu"`;
  const tap = (await where()) ?? "logits";
  const expected = "numbers, as all weights are finite";
  throw refuse.unsupported(tap, expected, `NaN, in ${precision}`, `${tooLarge}${wrong}`);
}

/** The first intermediate of a pass that has a NaN, in the order of computing. The pass is run once more. */
export async function firstBadTap<Dev extends Handles>(
  { backend, config }: Runnable<Dev>,
  { tokens, count, args }: RecordedPass<Dev>,
  run: (pass: ForwardArguments<Dev>) => void,
  signal?: AbortSignal,
): Promise<string | undefined> {
  const slots = separateSlots(backend, config, { rows: count, logitRows: count });
  const rows = { from: 0, count };
  const names = new Set<RecordedTap>();
  try {
    backend.setIds(args.ids, tokens);
    run({
      ...args,
      slots: (name) => slots(names.add(name) && name), // in the order in which they are asked for
      logitRows: [rows],
    });
    for (const name of names) {
      if (hasNaN(await backend.read(slots(name), rows, signal))) return name;
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
