/** Processes that a test has started, watched without timers: some tests have timers of their own. */
import { existsSync, readFileSync } from "node:fs";
import { hasEnded } from "../../src/node/process-has-ended.ts";

/** Whether the process has ended; one whose end nobody has asked about yet counts. */
export function isGone(pid: number): boolean {
  if (hasEnded(pid)) return true;
  const stat = `/proc/${pid}/stat`;
  return existsSync(stat) && / Z /.test(readFileSync(stat, "utf8"));
}

/** The event loop, once around. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

/** As until() of until.ts. */
export async function turnsUntil(isSo: () => boolean): Promise<void> {
  while (!isSo()) await nextTurn();
}
