/** Gemma.load with a string: in Node, and with the file that bundlers put in its place for a page. */
import { pathToFileURL } from "node:url";
import { afterEach, describe, expect, it, vi } from "vitest";
import { ArgumentError, SourceError, UnsupportedError } from "../../src/errors.ts";
import { Gemma } from "../../src/gemma.ts";
import { openPath as openPathInPage } from "../../src/node/open-path.browser.ts";
import { openPath } from "../../src/node/open-path.ts";
import type { ByteSource } from "../../src/source/byte-source.ts";
import type { Folder } from "../../src/source/folder.ts";
import { rejection } from "../support/files/safetensors-file.ts";
import { fixture } from "../support/paths.ts";

/** The URLs that are asked for. Each is a file of five bytes. */
function recorded(): string[] {
  const urls: string[] = [];
  vi.stubGlobal("fetch", async (url: URL) => {
    urls.push(url.href);
    return new Response("x", { status: 206, headers: { "content-range": "bytes 0-0/5" } });
  });
  return urls;
}
afterEach(() => void vi.unstubAllGlobals());

describe.each([
  ["in Node", openPath],
  ["in a page", openPathInPage],
])("openPath %s", (_, open) => {
  it("takes a URL with a slash at its end for a folder, any other for a file", async () => {
    const urls = recorded();
    const folder = (await open("https://host/gemma/?key=1")) as Folder;
    expect((await folder.open("config.json"))?.size).toBe(5);
    const file = (await open("HTTP://host/gemma.gguf?key=1")) as ByteSource;
    expect([file.name, file.size]).toEqual(["http://host/gemma.gguf", 5]);
    expect(urls).toEqual(["https://host/gemma/config.json?key=1", "http://host/gemma.gguf?key=1"]);
  });

  it("ends with the reason of its signal", async () => {
    recorded();
    const signal = AbortSignal.abort("enough");
    expect(await rejection(open("https://host/gemma.gguf", { signal }))).toBe("enough");
    expect(await rejection(open("hf:google/gemma-2b/x.gguf", { signal }))).toBe("enough");
  });
});

describe("openPath", () => {
  it("in Node takes a path of a folder or of a file", async () => {
    expect(await openPath(fixture("mqa"))).toMatchObject({ name: fixture("mqa") });
    const file = (await openPath(fixture("mqa/config.json"))) as ByteSource;
    expect(file.size).toBeGreaterThan(100);
    await file.close?.();
  });

  it("in Node ends with the reason of its signal, of what is not downloaded too", async () => {
    const urls = recorded();
    const signal = AbortSignal.abort("enough");
    const opening = openPath("hf:google/gemma-2b", { signal, download: false });
    expect(await rejection(opening)).toBe("enough");
    expect(urls).toEqual([]);
  });

  it.each([
    ["google/gemma-2b", "if it is a model on Hugging Face, write hf:google/gemma-2b"],
    ["google/gemma-2b/", "if it is a model on Hugging Face, write hf:google/gemma-2b/"],
    ["o/n:Q4_K_M", "if it is a model on Hugging Face, write hf:o/n:Q4_K_M"],
    ["gemma-2b-it", "if it is a model on Hugging Face, write hf:google/gemma-2b-it"],
    ["gemma-1.1-2b-it", "if it is a model on Hugging Face, write hf:google/gemma-1.1-2b-it"],
    ["codegemma-2b", "if it is a model on Hugging Face, write hf:google/codegemma-2b"],
    ["gemma:2b", "a name of Ollama's; on Hugging Face models are called as hf:google/gemma-2b-it"],
    ["hf.co/o/n:Q4_K_M", "write hf:o/n:Q4_K_M"],
    ["huggingface.co/o/n/tree/v1/q", "write hf:o/n@v1/q"],
    ["hf.co/o/n/resolve/main/x.gguf", "write https://hf.co/o/n/resolve/main/x.gguf"],
  ])("in Node suspects that %s is meant for Hugging Face", async (path, hint) => {
    const error = await rejection(openPath(path));
    expect(error).toBeInstanceOf(SourceError);
    expect(error).toHaveProperty("hint", expect.stringContaining(hint));
  });

  it.each<[path: string, kind: unknown, expected: string, rest: string]>([
    ["nowhere.gguf", SourceError, "a file", "no such file or folder (ENOENT); check the path"],
    ["nowhere/x.safetensors", SourceError, "a file", "no such file or folder (ENOENT); check"],
    ["./nowhere", SourceError, "a folder or a file", "no such file or folder (ENOENT); check"],
    ["~/gemma-2b", SourceError, "a folder or a file", "~ is the shell's; give the whole path"],
    ["s3://bucket/gemma", UnsupportedError, "a path, hf:OWNER/NAME, or an", '"s3://bucket/gemma"'],
    ["kaggle:google/gemma", UnsupportedError, "a path, hf:OWNER/NAME, or an", "download it"],
    ["ollama:gemma", UnsupportedError, "a path, hf:OWNER/NAME, or an address", '"ollama:gemma"'],
    ["ftp://host/x.gguf", UnsupportedError, "a path, hf:OWNER/NAME, or an address", "download it"],
    ["", ArgumentError, "the path of a folder or a file", "got an empty text"],
  ])("in Node says of %j, where nothing is, what is amiss", async (path, kind, expected, rest) => {
    const error = (await rejection(openPath(path))) as SourceError;
    expect(error).toBeInstanceOf(kind);
    expect(error.expected).toContain(expected);
    expect(error.message).toContain(rest);
    await expect(Gemma.load(path)).rejects.toThrow(/^Gemma\.load: /);
  });

  it.each([
    ["hf:o/n/model.safetensors", "write hf:o/n; downloadFromHub gets the file alone"],
    ["hf:o/n@v1/q/a.safetensors", "write hf:o/n@v1/q; downloadFromHub gets the file alone"],
  ])("in Node downloads no safetensors without their config: %s", async (path, hint) => {
    const urls = recorded();
    const error = await rejection(openPath(path));
    expect(error).toBeInstanceOf(ArgumentError);
    expect(error).toHaveProperty("hint", hint);
    expect(urls).toEqual([]);
  });

  it("in a page reads a model on Hugging Face by range", async () => {
    const urls = recorded();
    const folder = (await openPathInPage("hf:google/gemma-2b@a%2Fb")) as Folder;
    await folder.open("config.json");
    await openPathInPage("hf:google/gemma-2b/q/it.gguf");
    const inside = (await openPathInPage("hf:o/n@refs/pr/1/q/")) as Folder;
    await inside.open("config.json");
    expect(urls).toEqual([
      "https://huggingface.co/google/gemma-2b/resolve/a%2Fb/config.json",
      "https://huggingface.co/google/gemma-2b/resolve/main/q/it.gguf",
      "https://huggingface.co/o/n/resolve/refs%2Fpr%2F1/q/config.json",
    ]);
  });

  it("in a page asks for the name of a GGUF file, as it cannot list a repository", async () => {
    const error = await rejection(openPathInPage("hf:o/n:Q4_K_M"));
    expect(error).toBeInstanceOf(UnsupportedError);
    expect(error).toHaveProperty("expected", "hf:OWNER/NAME/FILE.gguf");
  });

  it("in a page refuses a path", async () => {
    const error = await rejection(openPathInPage("./gemma-2b"));
    expect(error).toBeInstanceOf(UnsupportedError);
    expect((error as UnsupportedError).expected).toContain("hf:OWNER/NAME");
  });
});

describe("a file: URL", () => {
  it("is the path that it stands for", async () => {
    const folder = (await openPath(pathToFileURL(fixture("mqa")).href)) as Folder;
    expect(folder.name).toBe(fixture("mqa"));
    const file = (await openPath(
      pathToFileURL(fixture("mqa/model.safetensors")).href,
    )) as ByteSource;
    expect(file.size).toBeGreaterThan(0);
    await file.close?.();
    expect(await rejection(openPath("file://host/share"))).toBeInstanceOf(ArgumentError);
  });
});
