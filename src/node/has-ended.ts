/**
 * Whether a process is there no more: for files that processes leave behind when they are killed.
 * @module
 */
import { errorCode } from "./system-error.ts";

/** Whether no process of this machine has the number `pid`. Another user's process has not ended. */
export function hasEnded(pid: number): boolean {
  try {
    process.kill(pid, 0); // sends nothing
    return false;
  } catch (error) {
    return errorCode(error) === "ESRCH";
  }
}
