/** Files of the repository in Node. In Chromium, vitest.browser.config.ts puts files.browser.ts here. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { openFolder } from "../../src/node/folder.ts";
import type { Folder } from "../../src/source/folder.ts";

function pathOf(path: string): string {
  return fileURLToPath(new URL(`../../${path}`, import.meta.url));
}

/** @param path from the root of the repository. */
export function readFile(path: string): Uint8Array {
  return new Uint8Array(readFileSync(pathOf(path)));
}

/** A folder in fixtures/. */
export function fixtureFolder(name: string): Folder {
  return openFolder(pathOf(`fixtures/${name}`));
}
