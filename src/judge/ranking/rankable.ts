/**
 * When strengths exist. Bradley–Terry has finite strengths exactly if, however the models are divided into two groups, some model
 * of each group has beaten, or tied with, one of the other (Ford 1957). As a graph with an arrow from each winner to whom it beat:
 * every model can be reached from every other.
 * @module
 */
import { refusals } from "../../errors.ts";
import type { WinMatrix } from "./match.ts";

/** Names that a message lists. */
const MOST = 8;

/** @throws {ArgumentError} unless all strengths are finite and comparable, naming the models that are in the way. */
export function assertRankable(op: string, { models, wins }: WinMatrix): void {
  const refuse = refusals(op);
  if (models.length < 2) {
    throw refuse.argument("matches", "matches between two models or more", models.length);
  }
  const count = models.length;
  const all = models.map((_, i) => i);
  const names = (group: readonly number[]) => {
    const shown = group.slice(0, MOST).map((i) => models[i]);
    return shown.join(", ") + (group.length > MOST ? ` and ${group.length - MOST} more` : "");
  };
  const beat = (i: number, j: number) => wins[i][j] > 0;
  const met = (i: number, j: number) => beat(i, j) || beat(j, i);
  const reachable = (edge: (i: number, j: number) => boolean) => {
    const found = new Set([0]);
    for (const i of found) for (let j = 0; j < count; j++) if (edge(i, j)) found.add(j);
    return found;
  };
  const rest = (found: ReadonlySet<number>) => all.filter((i) => !found.has(i));
  const hint =
    "add matches, leave models out, or ask for a prior of half a tie: { priorTies: 0.5 }";
  const fail = (expected: string, got: string) => refuse.argument("matches", expected, got, hint);

  const island = reachable(met);
  if (island.size < count) {
    const got = `two groups that never met: ${names([...island])}; and ${names(rest(island))}`;
    throw fail("models that are all connected by matches", got);
  }
  const total = (i: number, of: (i: number, j: number) => number) =>
    all.reduce((sum, j) => sum + of(i, j), 0);
  const unbeaten = all.filter((i) => total(i, (a, b) => wins[b][a]) === 0);
  const beaten = all.filter((i) => total(i, (a, b) => wins[a][b]) === 0);
  const each = "a win and a loss, or a tie, of every model";
  if (unbeaten.length > 0) throw fail(each, `only wins of ${names(unbeaten)}`);
  if (beaten.length > 0) throw fail(each, `only losses of ${names(beaten)}`);
  const below = reachable(beat);
  const above = reachable((i, j) => beat(j, i));
  const cut = below.size < count ? below : above.size < count ? above : undefined;
  if (!cut) return;
  const [lower, upper] = cut === below ? [[...cut], rest(cut)] : [rest(cut), [...cut]];
  throw fail(
    "models that are connected by wins in both directions",
    `only wins of ${names(upper)} over ${names(lower)}`,
  );
}
