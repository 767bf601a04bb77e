import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import * as fs from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it, vi } from "vitest";
import { writeFileAtomically, writeFolderAtomically } from "../../src/cli/output-file.ts";
import { ArgumentError, FormatError } from "../../src/errors.ts";

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

  it("shows nothing under the final name before the last byte", async () => {
    const path = join(folder, "late");
    const seen: boolean[] = [];
    async function* slow() {
      for (const byte of bytes) {
        seen.push(existsSync(path));
        yield Uint8Array.of(byte);
      }
      seen.push(existsSync(path));
    }
    await writeFileAtomically(path, slow());
    expect(seen).toEqual([false, false, false, false]);
    expect([...readFileSync(path)]).toEqual([1, 2, 3]);
  });

  it("leaves nothing when the bytes fail to come, and says why they did", async () => {
    const before = readdirSync(folder);
    async function* failing() {
      yield bytes;
      throw new FormatError({ op: "rows", file: "in.gguf" });
    }
    await expect(writeFileAtomically(join(folder, "no"), failing())).rejects.toThrow("in.gguf");
    const fill = () => Promise.reject(new FormatError({ op: "rows", file: "in.gguf" }));
    await expect(writeFolderAtomically(join(folder, "no"), fill)).rejects.toThrow("in.gguf");
    expect(readdirSync(folder)).toEqual(before);
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
