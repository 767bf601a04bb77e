/** The package `webgpu`, computing nothing: it validates. Undefined where it is not there. */
export async function nullDawn(): Promise<GPU | undefined> {
  if (!globalThis.process) return undefined;
  const name = "webgpu";
  const dawn = await import(/* @vite-ignore */ name).catch(() => undefined);
  return (dawn as { create(options: string[]): GPU } | undefined)?.create(["backend=null"]);
}
