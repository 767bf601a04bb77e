/**
 * Which examples stand before a question. The harness draws them with CPython's generator, seeded once a task, anew for
 * each document in order (`lm_eval/api/samplers.py`); so does this.
 * @module
 */
import { refusals } from "../../errors.ts";
import { PythonRandom } from "../../python/random.ts";
import type { ShotsSpec, TaskDocument } from "./spec.ts";

const SEED = 1234;

/** The shots of one document after another: each document has to be asked for, in order, or the next have other shots. */
export type DrawShots = (document: TaskDocument) => readonly TaskDocument[];

/**
 * @param pool what they are taken from.
 * @throws {ArgumentError} if there are fewer than have to be drawn.
 */
export function drawShots(
  name: string,
  { count, sampler = "random", seed = SEED, leaveOut = false, indices }: ShotsSpec,
  pool: readonly TaskDocument[],
): DrawShots {
  if (count === 0) return () => [];
  const chosen = indices === undefined ? pool : indices.map((i) => pool[i]);
  const drawn = leaveOut && sampler === "random" ? count + 1 : count;
  const random = new PythonRandom(seed);
  return (document) => {
    const others = (list: readonly TaskDocument[]) =>
      leaveOut ? list.filter((one) => !isSame(one, document)).slice(0, count) : list;
    const enough = sampler === "first" ? others(chosen).length >= count : chosen.length >= drawn;
    if (!enough || chosen.includes(undefined as unknown as TaskDocument)) {
      const expected = `${drawn} documents or more to draw ${count} from`;
      const hint = "give the split that shots are drawn from, or fewer shots";
      throw refusals("evaluate", name).argument("shots", expected, chosen.length, hint);
    }
    if (sampler === "first") return (leaveOut ? others(chosen) : chosen).slice(0, count);
    return others(random.sample(chosen, drawn));
  };
}

/** Whether two documents are equal: the order of their fields does not matter. */
function isSame(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const keys = Object.keys(a);
  const [first, second] = [a, b] as Record<string, unknown>[];
  return (
    keys.length === Object.keys(b).length &&
    keys.every((key) => Object.hasOwn(b, key) && isSame(first[key], second[key]))
  );
}
