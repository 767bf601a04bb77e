/**
 * Errors of the file system, as errors of this library.
 * @module
 */
import { GemmaError, type Refusals } from "../errors.ts";

/** The meaning of Node's codes, and the next step. https://nodejs.org/api/errors.html#common-system-errors */
const MEANING: Readonly<Record<string, readonly [got: string, hint: string]>> = {
  ENOENT: ["no such file or folder", "check the path; it is relative to the working directory"],
  ENOTDIR: ["a file", "give the folder that contains it"],
  EACCES: ["permission denied", "check its permissions: ls -l"],
  EPERM: ["permission denied", "check its permissions: ls -l"],
  EMFILE: ["too many open files in this process", "close files that are no longer used: ulimit -n"],
  ENAMETOOLONG: ["a name longer than the file system allows", "give a shorter name"],
  ELOOP: ["a link that leads back to itself", "remove the link"],
  ENOSPC: ["a full disk", "free some space"],
  EDQUOT: ["no room left to this user", "free some space"],
};

/** Codes of a path that cannot be right, whatever is on the disk. */
const CALLERS_MISTAKES = ["ENOTDIR", "ENAMETOOLONG"];

/**
 * `error`, thrown by `node:fs`, as a typed error that keeps it as its cause: a SourceError, or an
 * ArgumentError if the path cannot be right. An error of this library passes unchanged.
 */
export function systemError(refuse: Refusals, expected: string, error: unknown): GemmaError {
  if (error instanceof GemmaError) return error;
  const code = errorCode(error) ?? "";
  const [meaning, hint] = Object.hasOwn(MEANING, code) ? MEANING[code] : [];
  const message = error instanceof Error ? error.message : String(error);
  const make = CALLERS_MISTAKES.includes(code) ? refuse.argument : refuse.source;
  return make(undefined, expected, meaning ? `${meaning} (${code})` : message, hint, error);
}

/** `ENOENT` and the like, if `error` has one. */
export function errorCode(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === "string" ? code : undefined;
}
