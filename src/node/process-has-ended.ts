/**
 * Whether a process has ended: for files that processes leave behind when they are killed.
 * @module
 */
import { errorCode } from "./system-error.ts";

/** Whether no process of this machine has the number `pid`; a process of another user counts. */
export function hasEnded(pid: number): boolean {
  try {
    process.kill(pid, 0); // sends nothing
    return false;
  } catch (error) {
    return errorCode(error) === "ESRCH";
  }
}
