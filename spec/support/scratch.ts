import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";

/** A new folder for the files of one spec, removed when its tests are over. `name` is part of its name. */
export function scratchFolder(name: string): string {
  const folder = mkdtempSync(join(tmpdir(), `gemma-${name}-`));
  afterAll(() => rmSync(folder, { recursive: true }));
  return folder;
}
