/** Testees of docs/examples, made ready to be started. */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

/** The path of an example. */
export function example(name: string): string {
  return fileURLToPath(new URL(`../../docs/examples/testees/${name}`, import.meta.url));
}

/** Whether a command is there, and succeeds. */
export function works(command: string, ...args: readonly string[]): boolean {
  return spawnSync(command, args, { stdio: "ignore" }).status === 0;
}

/**
 * A testee in TypeScript or JavaScript as one file in `folder` → its path. It starts in a tenth of the time that tsx
 * takes.
 * @param modules a `node_modules` folder that has what else it imports.
 */
export async function bundled(name: string, folder: string, modules?: string): Promise<string> {
  const outfile = join(folder, name.replace(/\.\w+$/, ".bundle.mjs"));
  const door = fileURLToPath(new URL("../../src/node/index.ts", import.meta.url));
  await build({
    entryPoints: [example(name)],
    outfile,
    bundle: true,
    platform: "node",
    format: "esm",
    alias: { "gemma-reference/node": door },
    ...(modules !== undefined && { nodePaths: [modules] }),
  });
  return outfile;
}
