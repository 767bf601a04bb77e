/**
 * Errors of the file system, said as this library says errors.
 * @module
 */
import { ArgumentError, GemmaError } from "../errors.ts";

/** What each code of Node's means, and what to do. https://nodejs.org/api/errors.html#common-system-errors */
const MEANING: Readonly<Record<string, readonly [got: string, hint: string]>> = {
  ENOENT: ["no such file or folder", "check the path; it is relative to the working directory"],
  ENOTDIR: ["a file", "give the folder that contains it"],
  EACCES: ["permission denied", "check who may read it: ls -l"],
  EPERM: ["permission denied", "check who may read it: ls -l"],
  EMFILE: ["too many open files in this process", "close what is no longer used: ulimit -n"],
  ENAMETOOLONG: ["a name longer than the file system has", "give a shorter one"],
  ELOOP: ["a link that leads back to itself", "remove the link"],
};

/**
 * `error`, thrown by `node:fs` for `path`, as a typed error that keeps it as its cause. An error of
 * this library's passes unchanged.
 */
export function systemError(
  op: string,
  path: string,
  expected: string,
  error: unknown,
): GemmaError {
  if (error instanceof GemmaError) return error;
  const code = errorCode(error);
  const known = code !== undefined && Object.hasOwn(MEANING, code) ? MEANING[code] : undefined;
  const [got, hint] = known ?? [error instanceof Error ? error.message : String(error)];
  const details = { op, file: path, expected, got: known ? `${got} (${code})` : got, hint };
  return new ArgumentError(details, { cause: error });
}

/** `ENOENT` and the like, if `error` has one. */
export function errorCode(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === "string" ? code : undefined;
}
