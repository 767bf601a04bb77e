import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openHfFolder } from "../../src/checkpoint/safetensors/open.ts";
import { ArgumentError, type GemmaError, refusals, SourceError } from "../../src/errors.ts";
import { openFolder } from "../../src/node/folder.ts";
import { systemError } from "../../src/node/system-error.ts";
import { readAll } from "../../src/source/byte-source.ts";
import { ramp, rejection } from "../support/files/safetensors-file.ts";

let path: string;
beforeAll(async () => {
  path = await mkdtemp(join(tmpdir(), "gemma-folder-"));
  await writeFile(join(path, "b.bin"), ramp(10));
  await writeFile(join(path, "a.bin"), ramp(3));
  await mkdir(join(path, "sub"));
});
afterAll(() => rm(path, { recursive: true }));

describe("openFolder", () => {
  it("opens its files, lists them, and has no others", async () => {
    const folder = openFolder(path);
    const source = await folder.open("b.bin");
    expect(await readAll(source!)).toEqual(ramp(10));
    await source?.close?.();
    expect(await folder.open("c.bin")).toBeUndefined();
    expect(await folder.list?.()).toEqual(["a.bin", "b.bin", "sub"]);
  });

  it("opens the checkpoints in fixtures/", async () => {
    const fixture = fileURLToPath(new URL("../../fixtures/tiny-stories", import.meta.url));
    const checkpoint = await openHfFolder(openFolder(fixture));
    expect(checkpoint.name).toBe(fixture);
    expect(checkpoint.config.vocabSize).toBe(1024);
    expect(checkpoint.tokenizer?.bytes()).toHaveLength(15613);
    const table = checkpoint.tensors.get("model.embed_tokens.weight")!;
    expect((await table.rows(1000, 1024)).length).toBe(24 * 128 * 2);
    await checkpoint.close();
    expect(await rejection(table.rows(0, 1))).toBeInstanceOf(ArgumentError);
  });

  it.each(["../a.bin", "sub/x", "/etc/passwd", ".."])(
    "does not leave the folder: %j",
    async (name) => {
      expect(await rejection(openFolder(path).open(name))).toBeInstanceOf(ArgumentError);
    },
  );

  it("says that there is no such folder, or that it is a file", async () => {
    const missing = openFolder(join(path, "nowhere"));
    for (const ask of [() => missing.open("a"), () => missing.list!()]) {
      const error = (await rejection(ask())) as GemmaError;
      expect(error).toBeInstanceOf(SourceError);
      expect(error.message).toContain("expected a folder, got no such file or folder (ENOENT)");
    }
    const aFile = openFolder(join(path, "a.bin"));
    for (const ask of [() => aFile.open("a"), () => aFile.list!()]) {
      const error = (await rejection(ask())) as GemmaError;
      expect(error).toBeInstanceOf(ArgumentError);
      expect(error.message).toContain(`${join(path, "a.bin")} expected a folder, got a file`);
      expect(error.hint).toBe("give the folder that contains it");
    }
  });

  it("says that what should be a file is a folder", async () => {
    expect(await rejection(openFolder(path).open("sub"))).toMatchObject({ got: "a folder" });
  });

  it.skipIf(process.platform === "win32")("follows links, and names one that dangles", async () => {
    await symlink("a.bin", join(path, "link"));
    const source = await openFolder(path).open("link");
    expect(await readAll(source!)).toEqual(ramp(3));
    await source?.close?.();
    await symlink("../blobs/gone", join(path, "dangling"));
    const error = (await rejection(openFolder(path).open("dangling"))) as GemmaError;
    expect(error).toBeInstanceOf(SourceError);
    expect(error.got).toBe("a link to a file that is not there");
    await rm(join(path, "link"));
    await rm(join(path, "dangling"));
  });

  it.skipIf(process.platform === "win32" || process.getuid?.() === 0)(
    "says that permission is denied",
    async () => {
      const locked = join(path, "locked");
      await mkdir(locked, { mode: 0 });
      expect(await rejection(openFolder(locked).open("a"))).toMatchObject({
        got: "permission denied (EACCES)",
      });
      await chmod(locked, 0o700);
    },
  );
});

describe("systemError", () => {
  const refuse = refusals("open", "/m");
  const coded = (code: string) => Object.assign(new Error(`${code}: as Node says it`), { code });

  it("says what a code means, and keeps the error as its cause", () => {
    const cause = coded("EACCES");
    const error = systemError(refuse, "a file", cause);
    expect(error).toBeInstanceOf(SourceError);
    expect(error.message).toBe(
      "open: /m expected a file, got permission denied (EACCES); check its permissions: ls -l",
    );
    expect(error.cause).toBe(cause);
  });

  it.each(["ENOTDIR", "ENAMETOOLONG"])("is the caller's mistake with %s", (code) => {
    expect(systemError(refuse, "a file", coded(code))).toBeInstanceOf(ArgumentError);
  });

  it("repeats Node's message where there is no code, or an unknown one", () => {
    expect(systemError(refuse, "a file", coded("EIO")).got).toBe("EIO: as Node says it");
    expect(systemError(refuse, "a file", "odd").got).toBe("odd");
  });

  it("passes an error of this library's unchanged", () => {
    const own = new ArgumentError({ op: "x" });
    expect(systemError(refuse, "a file", own)).toBe(own);
  });
});
