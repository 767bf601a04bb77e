/** The program as a process: what `run` cannot see. */
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { copyFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import type { Readable, Writable } from "node:stream";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { fixture } from "./paths.ts";

const MAIN = fileURLToPath(new URL("../../src/cli/main.ts", import.meta.url));

/**
 * The program in one file, under `folder` as in the package: `dist/cli/main.mjs` → its path. It starts in a
 * third of the time that tsx takes, which compiles it for each process.
 */
export async function buildProgram(folder: string): Promise<string> {
  const outfile = join(folder, "dist/cli/main.mjs");
  copyFileSync(fixture("../package.json"), join(folder, "package.json"));
  symlinkSync(fixture("."), join(folder, "fixtures"), "junction");
  // The package yaml is CommonJS for Node, and asks for Node's own modules.
  const js = `import { createRequire as requiring } from "node:module"; const require = requiring(import.meta.url);`;
  const form = { bundle: true, platform: "node", format: "esm", banner: { js } } as const;
  await build({ entryPoints: [MAIN], outfile, ...form });
  return outfile;
}

export interface Running {
  readonly child: ChildProcessByStdio<Writable, Readable, Readable>;
  /** Its exit code. */
  readonly ended: Promise<number | null>;
  /** Its output so far. */
  readonly seen: { out: string; err: string };
}

/** Node, with these arguments. `env` is added to this process's environment; `uid` is another user. */
export function startNode(
  argv: readonly string[],
  env: Record<string, string> = {},
  cwd?: string,
  uid?: number,
): Running {
  const child = spawn(process.execPath, argv, {
    stdio: "pipe",
    env: { ...process.env, ...env },
    cwd,
    uid,
    gid: uid,
  });
  const ended = new Promise<number | null>((resolve) => child.on("close", resolve));
  const seen = { out: "", err: "" };
  child.stdout.on("data", (data) => {
    seen.out += data;
  });
  child.stderr.on("data", (data) => {
    seen.err += data;
  });
  return { child, ended, seen };
}
