/**
 * `npm run learn`: writes the figures, code and pictures of the road into its pages. `npm run learn -- --check` writes
 * nothing, and fails where something would change.
 * @module
 */
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { everyFile, openExample, readSource } from "./pages.ts";

const root = (path: string) => fileURLToPath(new URL(`../../../${path}`, import.meta.url));
const isCheck = process.argv.includes("--check");

async function main(): Promise<void> {
  for (const [path, content] of await everyFile(await openExample())) {
    if (existsSync(root(path)) && readSource(path) === content) continue;
    console.log(`${isCheck ? "differs" : "written"}: ${path}`);
    if (isCheck) process.exitCode = 1;
    else {
      mkdirSync(dirname(root(path)), { recursive: true });
      writeFileSync(root(path), content);
    }
  }
}

await main();
