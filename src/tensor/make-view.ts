/**
 * Where views come from: ndarray, or view.ts where ndarray may not compile.
 *
 * ndarray writes a class for each dtype and number of axes, and compiles it with `new Function`. A page whose
 * Content-Security-Policy has no `'unsafe-eval'`, as that of every browser extension, refuses that. Whether it does cannot be
 * asked quietly: to try is a violation, which the browser tells the page, its console and its server. So browsers never
 * try, and have the views of view.ts. Other runtimes refuse without telling anybody
 * (`node --disallow-code-generation-from-strings`), so there it is tried, once.
 * @module
 */
import ndarray from "ndarray";
import { type Floats, plainView } from "./view.ts";

let compiles: boolean | undefined;

/** The view [shape] of `data` that begins at `offset`. */
export function makeView(
  data: Floats,
  shape: readonly number[],
  stride: readonly number[],
  offset: number,
): ndarray.NdArray<Floats> {
  compiles ??= mayCompile();
  return compiles
    ? ndarray(data, [...shape], [...stride], offset)
    : plainView(data, shape, stride, offset);
}

/** Whether text may become code here, as far as one may ask. */
export function mayCompile(): boolean {
  const { document, WorkerGlobalScope } = globalThis as Record<string, unknown>;
  if (document !== undefined || WorkerGlobalScope !== undefined) return false;
  try {
    new Function("");
    return true;
  } catch {
    return false;
  }
}
