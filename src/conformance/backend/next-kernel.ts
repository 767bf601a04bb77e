/**
 * What to do next, for an author in the middle of writing a backend.
 * @module
 */
import type { KernelName } from "../../backend/backend.ts";
import type { Result } from "../run/result.ts";
import { REFUSES } from "./failure.ts";
import { kernelText } from "./kernel-texts.ts";
import { KERNELS } from "./lab.ts";

/**
 * The next kernel to write, or to put right: its formula, its shapes, and numbers to check it by hand. Kernels come
 * in the order in which each can be tested with those before it. Undefined if nothing is left to do.
 */
export function nextKernel(results: readonly Result[]): string | undefined {
  const other = results.find((result) => isWrong(result) && kernelOf(result) === undefined);
  const first = results.findIndex((result) => kernelOf(result) !== undefined);
  const otherwise = other && `Next: ${other.note}\n\n    ${said(other)}`;
  if (other && results.indexOf(other) < first) return otherwise; // no kernel can be right without it
  const written = KERNELS.filter((kernel) => !isUnwritten(kernel, results));
  for (const kernel of KERNELS) {
    const text = kernelText(kernel);
    if (!written.includes(kernel)) {
      return `Next: ${kernel} (${written.length} of ${KERNELS.length} kernels are written)\n\n${text}`;
    }
    const wrong = results.find((result) => isWrong(result) && kernelOf(result) === kernel);
    if (wrong)
      return `Next: ${kernel} is written, and not right yet\n\n    ${said(wrong)}\n\n${text}`;
  }
  return otherwise;
}

function said({ id, message }: Result): string {
  return `${message}\n    (${id})`;
}

function isWrong({ status }: Result): boolean {
  return status === "fail" || status === "error";
}

/** The kernel that a check of tier T0 is about. */
function kernelOf({ id }: Result): KernelName | undefined {
  const [, subject] = id.split(".");
  return KERNELS.find((kernel) => kernel === subject);
}

/** A kernel that refuses, and has not been seen to work. What kvWrite does is seen through attention alone. */
function isUnwritten(kernel: KernelName, results: readonly Result[]): boolean {
  const shownBy = kernel === "kvWrite" ? "attention" : kernel;
  const own = results.filter((result) => kernelOf(result) === shownBy);
  if (own.some(({ status }) => status === "pass")) return false;
  if (results.some(({ message }) => message?.startsWith(`${kernel}${REFUSES}`))) return true;
  // The turn of a kernel may not have come, where another refused before it.
  return (
    kernel === shownBy && own.length > 0 && own.every(({ status }) => status === "unsupported")
  );
}
