import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import * as fs from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it, vi } from "vitest";
import { writeFileAtomically } from "../../src/cli/output-file.ts";
import { ArgumentError } from "../../src/errors.ts";

vi.mock("node:fs/promises", { spy: true });

const folder = mkdtempSync(join(tmpdir(), "gemma-output-"));
afterAll(() => rmSync(folder, { recursive: true }));
const bytes = Uint8Array.of(1, 2, 3);

describe("writeFileAtomically", () => {
  it("leaves the old file, and nothing beside it, when the file system refuses", async () => {
    const path = join(folder, "old");
    writeFileSync(path, "old");
    const refusal = Object.assign(new Error("EPERM"), { code: "EPERM" });
    vi.mocked(fs.rename).mockRejectedValueOnce(refusal);
    await expect(writeFileAtomically(path, bytes)).rejects.toThrow(ArgumentError);
    expect(readdirSync(folder)).toEqual(["old"]);
    expect(readFileSync(path, "utf8")).toBe("old");
  });

  it.skipIf(process.platform === "win32")(
    "writes into a pipe instead of replacing it",
    async () => {
      const pipe = join(folder, "pipe");
      execFileSync("mkfifo", [pipe]);
      const reading = fs.readFile(pipe);
      await writeFileAtomically(pipe, bytes);
      expect(fs.rename).not.toHaveBeenCalledWith(expect.anything(), pipe);
      expect([...(await reading)]).toEqual([1, 2, 3]);
    },
  );
});
