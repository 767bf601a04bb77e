import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import * as fs from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it, vi } from "vitest";
import { ArgumentError, FormatError, SourceError } from "../../src/errors.ts";
import { temporaryName } from "../../src/node/temporary-name.ts";
import {
  assertWritable,
  writeFileAtomically,
  writeFolderAtomically,
} from "../../src/node/write-atomically.ts";

vi.mock("node:fs/promises", { spy: true });

const folder = mkdtempSync(join(tmpdir(), "gemma-output-"));
afterAll(() => rmSync(folder, { recursive: true }));
const bytes = Uint8Array.of(1, 2, 3);

describe("assertWritable", () => {
  it.each(["", ".", folder])("refuses %j, a folder", async (path) => {
    await expect(assertWritable(path)).rejects.toThrow("expected a file name, got a folder");
  });

  it("refuses a path in a folder that is missing, and one in a file", async () => {
    const missing = assertWritable(join(folder, "nowhere", "out"));
    await expect(missing).rejects.toThrow(/^writeFile: .*nowhere expected a folder.*got no such/);
    await expect(missing).rejects.toThrow(SourceError);
    const file = join(folder, "file");
    writeFileSync(file, bytes);
    const inFile = assertWritable(join(file, "out"));
    await expect(inFile).rejects.toThrow("expected a folder to write into, got a file");
    await expect(inFile).rejects.toThrow(ArgumentError);
    rmSync(file);
  });
});

describe("writeFileAtomically", () => {
  it("leaves the old file, and nothing beside it, when the file system refuses", async () => {
    const path = join(folder, "old");
    writeFileSync(path, "old");
    const refusal = Object.assign(new Error("EPERM"), { code: "EPERM" });
    vi.mocked(fs.rename).mockRejectedValueOnce(refusal);
    await expect(writeFileAtomically(path, bytes)).rejects.toThrow(SourceError);
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

  it("has room for a name as long as the file system allows", async () => {
    for (const name of ["x".repeat(255), "🦊".repeat(63)]) {
      const long = join(folder, name);
      await writeFileAtomically(long, bytes);
      expect([...readFileSync(long)]).toEqual([1, 2, 3]);
      rmSync(long);
      await writeFolderAtomically(long, async () => {});
      rmSync(long, { recursive: true });
    }
    const tooLong = writeFileAtomically(join(folder, "x".repeat(256)), bytes);
    await expect(tooLong).rejects.toThrow(ArgumentError);
  });

  it("says what went wrong first, when it cannot clean up either", async () => {
    vi.mocked(fs.rm).mockRejectedValueOnce(Object.assign(new Error("EIO"), { code: "EIO" }));
    const refusal = Object.assign(new Error("ENOSPC: no space left"), { code: "ENOSPC" });
    vi.mocked(fs.rename).mockRejectedValueOnce(refusal);
    await expect(writeFileAtomically(join(folder, "full"), bytes)).rejects.toThrow(
      "got a full disk (ENOSPC)",
    );
  });
});

describe("what a killed process left", () => {
  it("is removed by the next that writes the same, if that process has ended", async () => {
    const own = mkdtempSync(join(folder, "left-"));
    const out = join(own, "out");
    const [alive, dead] = [0, 1].map(() =>
      spawn(process.execPath, ["-e", "setTimeout(() => {}, 1e9)"]),
    );
    dead.kill("SIGKILL");
    await once(dead, "exit");
    const left = async (target: string, pid: number | undefined) =>
      (await temporaryName(target)).replace(`.${process.pid}.`, `.${pid}.`);
    const theirs = [
      await left(out, alive.pid),
      await left(join(own, "other"), dead.pid),
      `${out}.${dead.pid}.tmp`, // of a process on another machine, say
    ];
    for (const path of [...theirs, await left(out, dead.pid)]) writeFileSync(path, "half");
    await writeFileAtomically(out, bytes);
    expect(
      readdirSync(own)
        .map((name) => join(own, name))
        .sort(),
    ).toEqual([out, ...theirs].sort());
    rmSync(out);

    // A folder too; and our own number, which a process in another life had, is nobody's.
    for (const path of [await left(out, dead.pid), await temporaryName(out)]) {
      mkdirSync(path);
      writeFileSync(join(path, "model.safetensors"), "half");
    }
    await writeFolderAtomically(out, async () => {});
    expect(
      readdirSync(own)
        .map((name) => join(own, name))
        .sort(),
    ).toEqual([out, ...theirs].sort());
    alive.kill();
  });
});
