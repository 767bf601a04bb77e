/**
 * Where a run takes place.
 * @module
 */

/** The runtime, for reports: `node v20.20.2`, or what a browser says of itself. */
export function environment(): Record<string, string> {
  const { process, navigator } = globalThis as {
    readonly process?: {
      readonly version: string;
      readonly platform: string;
      readonly arch: string;
    };
    readonly navigator?: { readonly userAgent?: string };
  };
  if (process?.version) {
    return { runtime: `node ${process.version}`, platform: `${process.platform} ${process.arch}` };
  }
  return { runtime: navigator?.userAgent ?? "unknown" };
}
