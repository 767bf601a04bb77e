/** Every format from everywhere it can lie: the same tensors, config and tokenizer. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { writeGguf } from "../../src/checkpoint/gguf/write.ts";
import { writeNpzCheckpoint } from "../../src/checkpoint/numpy/write.ts";
import { openCheckpoint } from "../../src/checkpoint/open.ts";
import { openPath } from "../../src/node/open-path.ts";
import { blobSource, bytesSource } from "../../src/source/byte-source.ts";
import { type Folder, filesFolder } from "../../src/source/folder.ts";
import { httpFolder } from "../../src/source/http/folder.ts";
import { httpSource } from "../../src/source/http/source.ts";
import { contents } from "../support/contents.ts";
import { checkpoint, readFixture } from "../support/goldens.ts";
import { type HostileServer, honestly, send, serve } from "../support/hostile-server.ts";
import { scratchFolder } from "../support/scratch.ts";
import { whole } from "../support/whole.ts";

const from = await checkpoint("tiny-stories-it");
const fixtures = (model: string, ...names: string[]) =>
  Object.fromEntries(names.map((name) => [name, readFixture(`${model}/${name}`)]));

const FOLDERS: Record<string, Record<string, Uint8Array>> = {
  safetensors: fixtures("tiny-stories-it", "config.json", "model.safetensors", "tokenizer.model"),
  "torch .ckpt": fixtures("mqa", "config.json", "official.ckpt"),
};
const FILES: Record<string, Uint8Array> = {
  GGUF: await whole(writeGguf(from)),
  ".npz": await whole(writeNpzCheckpoint(from)),
};

const root = scratchFolder("sources");
let server: HostileServer;

beforeAll(async () => {
  for (const [format, files] of Object.entries(FOLDERS)) {
    mkdirSync(join(root, format));
    for (const [name, bytes] of Object.entries(files)) {
      writeFileSync(join(root, format, name), bytes);
    }
  }
  for (const [format, bytes] of Object.entries(FILES))
    writeFileSync(join(root, `f-${format}`), bytes);
  server = await serve((request, response) => {
    const [folder, name] = decodeURIComponent(request.url ?? "")
      .slice(1)
      .split("/");
    const bytes = FOLDERS[folder]?.[name] ?? FILES[folder];
    if (bytes) send(response, honestly(request, bytes), request);
    else response.writeHead(404).end();
  });
});

afterAll(() => server.close());

async function everything(opening: ReturnType<typeof openCheckpoint>) {
  const { config, tensors, tokenizer, close } = await opening;
  const [bytes, model] = [tokenizer?.bytes(), tokenizer?.model()];
  const all = { config, tensors: await contents(tensors), bytes, model };
  await close();
  return all;
}

/** A folder on a server has no list: the names of files of torch and of GGUF have to be known. */
function listed(folder: Folder, files: Record<string, Uint8Array>): Folder {
  return { ...folder, list: async () => Object.keys(files).sort() };
}

describe.each(Object.entries(FOLDERS))("a folder of %s", (format, files) => {
  it.each<[string, () => Folder | Promise<Parameters<typeof openCheckpoint>[0]>]>([
    ["Blobs", () => filesFolder(mapped(files, (bytes) => new Blob([bytes as BlobPart])))],
    ["a path", () => openPath(join(root, format))],
    ["a server", () => listed(httpFolder(`${server.origin}/${encodeURIComponent(format)}`), files)],
  ])("from %s is that of bytes in memory", async (_, open) => {
    const expected = await everything(openCheckpoint(filesFolder(files)));
    expect(expected.tensors.size).toBeGreaterThan(10);
    expect(await everything(openCheckpoint(await open()))).toEqual(expected);
  });
});

describe.each(Object.entries(FILES))("a file of %s", (format, bytes) => {
  it.each<[string, () => Promise<Parameters<typeof openCheckpoint>[0]>]>([
    ["a Blob", async () => blobSource(new Blob([bytes as BlobPart]))],
    ["a path", () => openPath(join(root, `f-${format}`))],
    ["a server", () => httpSource(`${server.origin}/${encodeURIComponent(format)}`)],
  ])("from %s is that of bytes in memory", async (_, open) => {
    const expected = await everything(openCheckpoint(bytesSource(bytes)));
    expect(expected.tensors.size).toBeGreaterThan(10);
    expect(await everything(openCheckpoint(await open()))).toEqual(expected);
  });
});

function mapped<A, B>(record: Record<string, A>, change: (value: A) => B): Record<string, B> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]));
}
