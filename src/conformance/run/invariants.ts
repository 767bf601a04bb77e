/**
 * Tier T2: what must hold between a testee's own answers, whatever its numbers. No stored number is needed, and
 * budgets are those of the logits of the vector `long` of the same model.
 * @module
 */
import type { Accuracy } from "../../backend/backend.ts";
import { UnsupportedError } from "../../errors.ts";
import { formatShape, type NdArray, tensor } from "../../tensor/tensor.ts";
import { distanceOf, overBudget } from "../judge/distance.ts";
import { factor } from "../judge/judge.ts";
import type { Suite } from "../vectors/suite.ts";
import type { Budget, Feed, ForwardVector } from "../vectors/vector.ts";
import type { Result } from "./result.ts";
import type { Testee } from "./testee.ts";

/** Asks for the logits of the last of some feeds, on an empty sequence: [L, V]. */
type Ask = (...feeds: readonly Feed[]) => Promise<NdArray>;

/** One thing that must hold. */
interface Invariant {
  readonly name: string;
  readonly note: string;
  /** Two arrays of logits that must be equal, within the budget. */
  compare(ask: Ask, ids: readonly number[]): Promise<readonly [got: NdArray, expected: NdArray]>;
}

const whole = (ids: readonly number[]): Feed => ({ ids, pos: 0 });
const cut = (ids: readonly number[], ...ends: readonly number[]): Feed[] =>
  ends.map((end, i) => {
    const pos = i === 0 ? 0 : ends[i - 1];
    return { ids: ids.slice(pos, end), pos };
  });

const INVARIANTS: readonly Invariant[] = [
  {
    name: "decode",
    note: "Feeding a prompt token by token gives the logits of feeding it at once.",
    async compare(ask, ids) {
      const expected = lastRow(await ask(whole(ids)));
      return [lastRow(await ask(...cut(ids, ...ids.map((_, i) => i + 1)))), expected];
    },
  },
  {
    name: "chunks",
    note: "A prompt may be cut anywhere.",
    async compare(ask, ids) {
      const expected = lastRow(await ask(whole(ids)));
      return [lastRow(await ask(...cut(ids, 3, 4, 11, ids.length))), expected];
    },
  },
  {
    name: "causal",
    note: "Another last token changes no logits before it.",
    async compare(ask, ids) {
      const others = [...ids.slice(0, -1), ids[1]];
      const expected = withoutLastRow(await ask(whole(ids)));
      return [withoutLastRow(await ask(whole(others))), expected];
    },
  },
  {
    name: "rewind",
    note: "Taking tokens back and feeding them again gives what feeding them once gives.",
    async compare(ask, ids) {
      const expected = lastRow(await ask(whole(ids)));
      const half = ids.length >> 1;
      const wrong = ids.slice(half).map((_, i) => ids[i]);
      const feeds = [
        { ids: ids.slice(0, half), pos: 0 },
        { ids: wrong, pos: half },
        { ids: ids.slice(half), pos: half },
      ];
      return [lastRow(await ask(...feeds)), expected];
    },
  },
  {
    name: "again",
    note: "The same prompt gives the same logits after another one.",
    async compare(ask, ids) {
      const expected = await ask(whole(ids));
      await ask(whole([...ids].reverse()));
      return [await ask(whole(ids)), expected];
    },
  },
  {
    name: "shift",
    note: "RoPE is relative: a prompt at positions from 5 on has the logits that it has from 0 on.",
    async compare(ask, ids) {
      const expected = await ask(whole(ids));
      return [await ask({ ids, pos: 5 }), expected];
    },
  },
];

/** Runs the invariants on every model of the suite. */
export async function* runInvariants(
  testee: Testee,
  suite: Suite,
  accuracy: Accuracy,
  isWanted: (id: string) => boolean,
): AsyncGenerator<Result> {
  for (const [name, model] of suite.models) {
    const long = suite.vectors.find(({ id }) => id === `t1.${name}.long`) as
      | ForwardVector
      | undefined;
    const budget = long?.budgets[accuracy]?.logits;
    if (!long || !budget) continue;
    const ids = long.feeds[0].ids.slice(0, 20);
    for (const invariant of INVARIANTS) {
      const id = `t2.${name}.${invariant.name}`;
      if (!isWanted(id)) continue;
      const began = performance.now();
      const verdict = await judgeInvariant(invariant, budget, ids, async (...feeds) => {
        await testee.load(model);
        return logitsAfter(testee, feeds);
      });
      const { note } = invariant;
      const seconds = (performance.now() - began) / 1000;
      const beyond = long.beyondGemma1 ? { beyondGemma1: true } : {};
      yield { id, tier: "T2", note, taps: [], ...beyond, ...verdict, seconds };
    }
  }
}

async function logitsAfter(testee: Testee, feeds: readonly Feed[]): Promise<NdArray> {
  let logits: NdArray | undefined;
  for (const feed of feeds) logits = (await testee.forward(feed, ["logits"])).get("logits");
  if (!logits) throw new Error("gave no logits");
  return logits;
}

async function judgeInvariant(
  { compare }: Invariant,
  budget: Budget,
  ids: readonly number[],
  ask: Ask,
): Promise<Pick<Result, "status" | "message">> {
  try {
    const [got, expected] = await compare(ask, ids);
    if (got.data.length !== expected.data.length) {
      const message = `logits have shape ${formatShape(got.shape)}, and ${formatShape(expected.shape)} before`;
      return { status: "error", message };
    }
    const over = overBudget(distanceOf(got.data, expected.data), budget);
    if (over <= 1) return { status: "pass" };
    return { status: "fail", message: `logits are ${factor(over)} over their budget apart` };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { status: error instanceof UnsupportedError ? "unsupported" : "error", message };
  }
}

function lastRow({ data, shape }: NdArray): NdArray {
  const columns = shape[shape.length - 1];
  return tensor(data.slice(data.length - columns), [1, columns]);
}

function withoutLastRow({ data, shape }: NdArray): NdArray {
  const columns = shape[shape.length - 1];
  const rows = Math.max(0, data.length / columns - 1);
  return tensor(data.slice(0, rows * columns), [rows, columns]);
}
