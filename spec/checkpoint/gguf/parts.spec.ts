/** GGUF files in parts: every way to give them is the model in one file, to the bit. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { cachedFile } from "../../../src/checkpoint/cached.ts";
import { writeGguf } from "../../../src/checkpoint/gguf/write.ts";
import { openCheckpoint } from "../../../src/checkpoint/open.ts";
import { openTokenizer } from "../../../src/checkpoint/open-tokenizer.ts";
import { FormatError, type GemmaError, UnsupportedError } from "../../../src/errors.ts";
import { openPath } from "../../../src/node/open-path.ts";
import { blobSource, bytesSource } from "../../../src/source/byte-source.ts";
import { filesFolder } from "../../../src/source/folder.ts";
import type { FileCache } from "../../../src/source/opfs-cache.ts";
import { contents } from "../../support/contents.ts";
import { ggufFile } from "../../support/files/gguf-file.ts";
import { rejection } from "../../support/files/safetensors-file.ts";
import { GGUF, GGUF_TENSORS } from "../../support/files/small-checkpoint.ts";
import { splitGguf, type WrongPart } from "../../support/files/split-gguf.ts";
import { readFixture } from "../../support/goldens.ts";
import { type HostileServer, honestly, send, serve } from "../../support/hostile-server.ts";
import { scratchFolder } from "../../support/scratch.ts";
import { whole } from "../../support/whole.ts";

async function everything(opening: ReturnType<typeof openCheckpoint>) {
  const { config, tensors, tokenizer, chatTemplate, close } = await opening;
  const all = { config, tensors: await contents(tensors), model: tokenizer?.model(), chatTemplate };
  await close();
  return all;
}

const FIRST = "m-00001-of-00003.gguf";
const SECOND = "m-00002-of-00003.gguf";
const THIRD = "m-00003-of-00003.gguf";
/** As with --no-tensor-first-split. */
const PARTS = splitGguf(GGUF, { sizes: [0, 9, 12] });
const EXPECTED = await everything(openCheckpoint(bytesSource(GGUF)));

const root = join(scratchFolder("parts"), "a b%20c");
let server: HostileServer;

beforeAll(async () => {
  mkdirSync(root);
  for (const [name, bytes] of Object.entries(PARTS)) writeFileSync(join(root, name), bytes);
  server = await serve((request, response) => {
    const url = new URL(request.url ?? "", "http://x");
    const bytes = PARTS[decodeURIComponent(url.pathname).split("/").at(-1) ?? ""];
    const isSigned = url.search === "?token=1";
    if (bytes && isSigned) send(response, honestly(request, bytes), request);
    else response.writeHead(404).end();
  });
});

afterAll(() => server.close());

const blobs = (parts: Record<string, Uint8Array>) =>
  filesFolder(new Map(Object.entries(parts).map(([k, v]) => [k, new Blob([v as BlobPart])])));

describe("a GGUF file in parts", () => {
  it.each<[string, () => Promise<Parameters<typeof openCheckpoint>[0]>]>([
    ["files in memory", async () => filesFolder(PARTS)],
    ["Blobs", async () => blobs(PARTS)],
    ["the path of a folder", () => openPath(root)],
    ["the path of the first part", () => openPath(join(root, FIRST))],
    ["the path of another part", () => openPath(join(root, SECOND))],
    ["the URL of the first part", () => openPath(`${server.origin}/a%20b/${FIRST}?token=1`)],
    ["the URL of the last part", () => openPath(`${server.origin}/a%20b/${THIRD}?token=1`)],
  ])("is the whole, from %s", async (_, open) => {
    const opened = openCheckpoint(await open());
    expect((await opened).storage).toBe("GGUF in 3 parts");
    expect(await everything(opened)).toEqual(EXPECTED);
  });

  it("is kept in a page's cache, all of it, by the URL of any part", async () => {
    const kept = new Map<string, Uint8Array>();
    const fetched: string[] = [];
    const cache: FileCache = {
      list: async () => [],
      remove: async () => {},
      open: async (url) => {
        const bytes = kept.get(url);
        return bytes && bytesSource(bytes, url);
      },
      async download({ url, size }, { onBytes } = {}) {
        kept.set(url, new Uint8Array(await (await fetch(url)).arrayBuffer()));
        fetched.push(url);
        onBytes?.(size);
      },
    };
    const urlOf = (name: string) => `${server.origin}/a%20b/${name}?token=1`;
    const opened = openCheckpoint(await cachedFile(cache, urlOf(SECOND)));
    expect(await everything(opened)).toEqual(EXPECTED);
    expect(fetched).toEqual([SECOND, FIRST, THIRD].map(urlOf));
    const again = openCheckpoint(await cachedFile(cache, urlOf(THIRD)));
    expect(await everything(again)).toEqual(EXPECTED);
    expect(fetched).toHaveLength(3);
    await expect(cachedFile(cache, urlOf("x.gguf"))).rejects.toThrow("404 Not Found");
  });

  it("has its tokenizer, whichever part is given", async () => {
    const tokenizer = await openTokenizer(await openPath(join(root, THIRD)));
    expect(tokenizer.encode("the")).toEqual((await openTokenizer(bytesSource(GGUF))).encode("the"));
  });

  it.each(["F32", "Q8_0", "Q4_K_M"])("may be of any type: %s", async (type) => {
    const file = readFixture(`gguf/model.${type}.gguf`);
    const parts = splitGguf(file, { sizes: [3, 1, 4] });
    expect(await everything(openCheckpoint(filesFolder(parts)))).toEqual(
      await everything(openCheckpoint(bytesSource(file))),
    );
  });

  it("goes out as one file, which is that of the whole", async () => {
    const [parts, one] = [filesFolder(PARTS), bytesSource(GGUF)];
    const written = await Promise.all(
      [parts, one].map(async (from) => whole(writeGguf(await openCheckpoint(from), { name: "x" }))),
    );
    expect(written[0]).toEqual(written[1]);
  });

  it("may be split anywhere", async () => {
    const sizes = fc.array(fc.integer({ min: 0, max: 6 }), { minLength: 2, maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(sizes, async (numbers) => {
        const parts = splitGguf(GGUF, { sizes: numbers });
        expect(await everything(openCheckpoint(filesFolder(parts)))).toEqual(EXPECTED);
      }),
      { numRuns: 20 },
    );
  });

  it("is a whole one if it was split into one", async () => {
    const [one] = Object.values(splitGguf(GGUF, { sizes: [0] }));
    expect(await everything(openCheckpoint(bytesSource(one)))).toEqual(EXPECTED);
  });
});

const split = (wrong: Record<number, WrongPart>) => splitGguf(GGUF, { sizes: [2, 9, 10], wrong });
const without = (...names: string[]) =>
  Object.fromEntries(Object.entries(split({})).filter(([name]) => !names.includes(name)));

describe("parts are refused", () => {
  it.each<[string, Record<string, Uint8Array>, string]>([
    [
      "without the first",
      without(FIRST),
      `${SECOND}: "split.count" expected ${FIRST}, part 1 of 3, got no such file; finish the download`,
    ],
    [
      "without the last",
      without(THIRD),
      `${FIRST}: "split.count" expected ${THIRD}, part 3 of 3, got no such file; finish the download`,
    ],
    ["twice the same", split({ 2: { no: 1 } }), `${THIRD}: "split.no" expected 2, as part 3 of 3`],
    [
      "of another number of parts",
      split({ 2: { count: 4 } }),
      `${THIRD}: "split.count" expected 3, as part 3 of 3, got 4; these are parts of different models`,
    ],
    [
      "of a model of another size",
      split({ 1: { tensors: 90 } }),
      `${SECOND}: "split.tensors.count" expected ${GGUF_TENSORS.length}, as in the first part, got 90`,
    ],
    [
      "that have too few tensors together",
      split({ 0: { tensors: 99 }, 1: { tensors: 99 }, 2: { tensors: 99 } }),
      `"split.tensors.count" expected 99 tensors in all parts together, got ${GGUF_TENSORS.length}`,
    ],
    [
      "with a tensor twice",
      {
        ...split({}),
        [THIRD]: ggufFile({ "split.no": [2, 2], "split.count": [2, 3] }, GGUF_TENSORS.slice(0, 1)),
      },
      `${THIRD}: "token_embd.weight" expected a tensor once, got it in ${FIRST}, too`,
    ],
    [
      "that say another architecture",
      {
        ...split({}),
        [SECOND]: ggufFile({
          "general.architecture": [8, "llama"],
          "split.no": [2, 1],
          "split.count": [2, 3],
        }),
      },
      `${SECOND}: "general.architecture" expected "gemma", as in the first part, got "llama"`,
    ],
    [
      "with a number beyond their count",
      split({ 0: { no: 7 } }),
      '"split.no" expected a number from',
    ],
  ])("%s", async (_, files, message) => {
    const error = (await rejection(openCheckpoint(filesFolder(files)))) as GemmaError;
    expect(error).toBeInstanceOf(FormatError);
    expect(error.message).toContain(message);
  });

  it("under names by which the others cannot be found", async () => {
    const [first, ...others] = Object.values(split({}));
    const files = { "a.gguf": first, "b.gguf": others[0] };
    const alone = { "a.gguf": first };
    const named = (await rejection(openCheckpoint(filesFolder(alone)))) as GemmaError;
    expect(named.message).toContain(
      'expected the name NAME-00001-of-00003.gguf, by which the other parts are found, as this is part 1 of 3, got "a.gguf"; rename it',
    );
    const several = (await rejection(openCheckpoint(filesFolder(files)))) as GemmaError;
    expect(several.message).toContain("got a.gguf, b.gguf; open the one that you mean");
  });

  it("that say of themselves that they are whole", async () => {
    const files = { "m-00001-of-00002.gguf": GGUF, "m-00002-of-00002.gguf": GGUF };
    const error = (await rejection(openCheckpoint(filesFolder(files, "m")))) as GemmaError;
    expect(error.message).toContain(
      'm: "split.count" expected parts of one model, by their names, got no part of one in m-00001-of-00002.gguf',
    );
  });

  it("beside another model, with the name of the first", async () => {
    const files = { ...PARTS, "other.gguf": GGUF };
    const error = (await rejection(openCheckpoint(filesFolder(files)))) as GemmaError;
    expect(error.message).toContain(
      `open the one that you mean; of one in parts, the first: ${FIRST}`,
    );
  });

  it.each([
    ["bytes", () => bytesSource(PARTS[FIRST], "x.gguf")],
    ["a Blob", () => blobSource(new Blob([PARTS[FIRST] as BlobPart]), "x.gguf")],
  ])("alone, as %s: nothing lies beside them", async (_, source) => {
    const error = (await rejection(openCheckpoint(source()))) as GemmaError;
    expect(error).toBeInstanceOf(UnsupportedError);
    expect(error.message).toContain(
      'x.gguf: "split.count" expected a model in one file, or all of its parts, got part 1 of 3 alone; give all of them as a folder: filesFolder(',
    );
  });

  it("and closed, all of them", async () => {
    const open: string[] = [];
    const folder = filesFolder(split({ 2: { no: 1 } }));
    const watched = {
      ...folder,
      async open(name: string) {
        const source = await folder.open(name);
        open.push(name);
        return source && { ...source, close: async () => void open.splice(open.indexOf(name), 1) };
      },
    };
    await rejection(openCheckpoint(watched));
    expect(open).toEqual([]);
  });
});
