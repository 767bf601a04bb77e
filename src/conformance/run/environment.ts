/**
 * Where a run took place, for reports.
 * @module
 */

/** What is known of the JavaScript engine and the machine. */
export function environment(): Record<string, string> {
  const { process, navigator } = globalThis as {
    readonly process?: { version?: string; platform?: string; arch?: string };
    readonly navigator?: { userAgent?: string };
  };
  if (process?.version) {
    return { runtime: `node ${process.version}`, platform: `${process.platform} ${process.arch}` };
  }
  return { runtime: navigator?.userAgent ?? "unknown" };
}
