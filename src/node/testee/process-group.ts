/**
 * Processes with all that they start themselves.
 * @module
 */
import { spawnSync } from "node:child_process";

/** Whether there are process groups: on Windows there are none. */
export const HAS_GROUPS: boolean = process.platform !== "win32";

/** Ends the process `pid`, which leads its group, and every process that is in the group. */
export function killGroup(pid: number): void {
  if (!HAS_GROUPS) {
    spawnSync("taskkill", ["/pid", `${pid}`, "/t", "/f"], { stdio: "ignore" });
    return;
  }
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // none of them is left
  }
}
