/**
 * `new-backend`: writes a project in which a backend is to be filled in.
 * @module
 */
import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import {
  assertFree,
  writeFileAtomically,
  writeFolderAtomically,
} from "../../node/write-atomically.ts";
import { type Command, parse, UsageError } from "../command.ts";
import type { Io } from "../io.ts";

/** src/cli/commands and dist/cli/commands lie equally deep. */
const PACKAGE = fileURLToPath(new URL("../../..", import.meta.url));
const TEMPLATE = join(PACKAGE, "templates", "new-backend");

const options = {
  package: {
    type: "string",
    value: "SPEC",
    help: "What npm gets gemma-reference from: a version, a tarball or a folder",
  },
} as const;

export const newBackendCommand: Command = {
  name: "new-backend",
  summary: "Write the project of a backend of yours: eight kernels to fill in",
  usage: ["DIR [OPTIONS]"],
  description: `
    DIR is a new folder, or an empty one. It gets backend.ts, in which memory is done and the kernels
    are not, a test that runs the conformance suite on it with vitest, and package.json, tsconfig.json
    and README.md.

    Then \`npm install\` and \`npm test\` there. The test says which kernel to write next, with its formula,
    shapes and an example in numbers, and of one that is wrong in which situation it is.
    docs/writing-a-backend.md describes the way.`,
  options,
  examples: ["new-backend my-gpu", "new-backend my-gpu --package ./gemma-reference-0.1.0.tgz"],

  async run(argv: readonly string[], io: Io): Promise<undefined> {
    const { values, positionals } = parse(options, argv);
    if (positionals.length !== 1) {
      throw new UsageError(`expected DIR, got ${positionals.length} arguments`);
    }
    const [dir] = positionals;
    await assertFree(dir);
    const names = (await readdir(TEMPLATE)).sort();
    const name = packageName(dir);
    const spec = await specOf(values.package);
    await writeFolderAtomically(dir, async (folder) => {
      for (const file of names) {
        const text = filledIn(await readFile(join(TEMPLATE, file), "utf8"), file, name, spec);
        await writeFileAtomically(join(folder, file), new TextEncoder().encode(text));
      }
    });
    const next = `cd ${dir} && npm install && npm test`;
    await io.stdout.write(
      values.json
        ? `${JSON.stringify({ dir, files: names })}\n`
        : `${dir}: ${names.join(", ")}\n\n  ${next}\n`,
    );
    return undefined;
  },
};

/**
 * What package.json has npm look for. By default the package that runs: its folder, or, where npm has installed it, the
 * versions that are compatible with it.
 */
async function specOf(given: string | undefined): Promise<string> {
  if (given === undefined) {
    if (!PACKAGE.split(/[/\\]/).includes("node_modules")) return `file:${resolve(PACKAGE)}`;
    const json = await readFile(join(PACKAGE, "package.json"), "utf8");
    return `^${(JSON.parse(json) as { version: string }).version}`;
  }
  // npm would take a path from DIR on, and it was meant from here.
  const isPath = /^\.{0,2}[/\\]|\.tgz$/.test(given) && !/^\w+:/.test(given);
  if (!isPath) return given;
  const path = resolve(given);
  if (existsSync(path)) return `file:${path}`;
  throw new UsageError(`--package expected a tarball or a folder, got ${path}, which is not there`);
}

/** What npm takes for a name, made of the folder's. */
function packageName(dir: string): string {
  const name = basename(resolve(dir))
    .toLowerCase()
    .replace(/[^a-z0-9-]+/g, "-")
    .replace(/^-+|-+$/g, "");
  return name || "my-backend";
}

/** A file of the template, with the project's own name. */
function filledIn(text: string, file: string, name: string, spec: string): string {
  if (file === "package.json") {
    const json = { ...JSON.parse(text), name, dependencies: { "gemma-reference": spec } };
    return `${JSON.stringify(json, null, 2)}\n`;
  }
  return text
    .replaceAll('"my-backend"', JSON.stringify(name))
    .replace(/^# my-backend/, `# ${name}`);
}
