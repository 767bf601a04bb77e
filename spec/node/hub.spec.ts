import { spawn } from "node:child_process";
import { getEventListeners } from "node:events";
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openCheckpoint } from "../../src/checkpoint/open.ts";
import { wayOut } from "../../src/checkpoint/safetensors/advice.ts";
import {
  ArgumentError,
  FormatError,
  GemmaError,
  SourceError,
  UnsupportedError,
} from "../../src/errors.ts";
import { cachedRepository } from "../../src/node/hub/cache.ts";
import { downloadRepository, type Judge } from "../../src/node/hub/download-repository.ts";
import { wantedFiles } from "../../src/node/hub/files.ts";
import type { HubOptions } from "../../src/node/hub/options.ts";
import { parseHubReference } from "../../src/node/hub/reference.ts";
import { readFromHub } from "../../src/node/hub/remote.ts";
import { openPath } from "../../src/node/open-path.ts";
import type { Progress } from "../../src/progress.ts";
import type { ByteSource } from "../../src/source/byte-source.ts";
import type { Folder } from "../../src/source/folder.ts";
import {
  COMMIT,
  etagOf,
  type FakeHub,
  fakeHub,
  gitHash,
  type HubSetting,
} from "../support/fake-hub.ts";
import { gemmaGguf } from "../support/files/gguf-file.ts";
import { ramp, rejection } from "../support/files/safetensors-file.ts";
import { GGUF } from "../support/files/small-checkpoint.ts";
import { splitGguf } from "../support/files/split-gguf.ts";
import { readFixture } from "../support/goldens.ts";
import { half, honestly } from "../support/hostile-server.ts";
import { until } from "../support/until.ts";

const MODEL = "hf:google/gemma-2b";
const WEIGHTS = ramp(300_000);
const text = (content: string) => new TextEncoder().encode(content);
const CONFIG = readFixture("mqa/config.json");
const FILES: Record<string, Uint8Array> = {
  ".gitattributes": text("*.bin filter=lfs"),
  "README.md": text("# Gemma"),
  "config.json": CONFIG,
  "gemma-2b.gguf": gemmaGguf(300),
  "generation_config.json": text('{ "temperature": 1 }'),
  "model.safetensors": WEIGHTS,
  "sub/model.safetensors": ramp(3000),
  "tokenizer.json": ramp(2000),
  "tokenizer.model": ramp(4000),
};
const WANTED = [
  "config.json",
  "generation_config.json",
  "tokenizer.json",
  "tokenizer.model",
  "model.safetensors",
];

/** Lets everything pass: see download-from-hub.spec.ts for one that does not. */
const JUDGE: Judge = { wayOut, async config() {}, async folder() {}, async file() {} };

let cache: string;
let hub: FakeHub;
beforeEach(() => {
  cache = mkdtempSync(join(tmpdir(), "gemma-hub-"));
});
afterEach(async () => {
  await until(() => hub.hub.open() === 0 && hub.cdn.open() === 0);
  await hub.close();
  rmSync(cache, { recursive: true });
});

async function start(files = FILES, setting: HubSetting = {}): Promise<void> {
  await hub?.close();
  hub = await fakeHub(files, setting);
}

function get(reference = MODEL, options: HubOptions = {}): Promise<string> {
  const { endpoint } = hub;
  const all = { endpoint, cacheDir: cache, env: {}, backoff: 1, ...options };
  return downloadRepository(reference, all, JUDGE);
}

async function refused(promise: Promise<unknown>): Promise<GemmaError> {
  const error = (await rejection(promise)) as GemmaError;
  expect(error).toBeInstanceOf(GemmaError);
  expect(error.message).not.toContain("SECRET");
  return error;
}

const repository = () => join(cache, "models--google--gemma-2b");
const blobs = () => readdirSync(join(repository(), "blobs")).sort();
const snapshot = (commit = COMMIT) => join(repository(), "snapshots", commit);
const incomplete = (bytes: Uint8Array) => `${etagOf(bytes)}.gemma-reference.incomplete`;
const same = (path: string, bytes: Uint8Array) =>
  expect(Buffer.compare(readFileSync(path), bytes)).toBe(0);
/** Cuts the n-th request for the weights in half. */
function cutting(...cut: number[]): HubSetting {
  let n = 0;
  return {
    instead(request, response) {
      if (!request.url?.includes("name=model.safetensors") || !cut.includes(n++)) return false;
      half("reset")(response, honestly(request, WEIGHTS), request);
      return true;
    },
  };
}

describe("the cache", () => {
  it("is laid out as Python's: blobs by hash, links by name, the commit of main", async () => {
    await start();
    expect(await get()).toBe(snapshot());
    expect(hub.fetched()).toEqual(WANTED);
    expect(readFileSync(join(repository(), "refs", "main"), "utf8")).toBe(COMMIT);
    expect(blobs()).toEqual(WANTED.map((name) => etagOf(FILES[name])).sort());
    expect(readdirSync(snapshot()).sort()).toEqual([...WANTED].sort());
    for (const name of WANTED) {
      const path = join(snapshot(), name);
      same(path, FILES[name]);
      expect(readlinkSync(path)).toBe(`../../blobs/${etagOf(FILES[name])}`);
    }
    // As `git hash-object` and `sha256sum` print them.
    expect(gitHash(text("hello\n"))).toBe("ce013625030ba8dba906f756967f9e9ca394464a");
    expect(existsSync(join(repository(), "blobs", gitHash(CONFIG)))).toBe(true);
  });

  it("is asked first: a second call fetches nothing, nor what another commit had", async () => {
    await start();
    await get();
    const before = hub.fetched().length;
    expect(await get()).toBe(snapshot());
    expect(hub.fetched()).toHaveLength(before);
    const commit = "f".repeat(40);
    await start({ ...FILES, "config.json": new Uint8Array([...CONFIG, 10]) }, { commit });
    expect(await get()).toBe(snapshot(commit));
    expect(hub.fetched()).toEqual(["config.json"]);
    same(join(snapshot(commit), "model.safetensors"), WEIGHTS);
    same(join(snapshot(), "config.json"), FILES["config.json"]);
  });

  it("is mended where a blob was removed or a file cut short", async () => {
    await start();
    await get();
    rmSync(join(repository(), "blobs", etagOf(WEIGHTS)));
    truncateSync(join(snapshot(), "tokenizer.model"), 10);
    await get();
    expect(hub.fetched().slice(WANTED.length)).toEqual(["tokenizer.model", "model.safetensors"]);
    for (const name of WANTED) same(join(snapshot(), name), FILES[name]);
    const path = join(snapshot(), "config.json");
    rmSync(path);
    writeFileSync(path, "{"); // where links are not allowed, a copy that was cut short
    await get();
    same(path, FILES["config.json"]);
    expect(lstatSync(path).isSymbolicLink()).toBe(true);
  });

  it("needs no blob where the file itself lies in the snapshot", async () => {
    await start();
    await get();
    const path = join(snapshot(), "model.safetensors");
    rmSync(path);
    renameSync(join(repository(), "blobs", etagOf(WEIGHTS)), path);
    const before = hub.fetched().length;
    await get();
    expect(hub.fetched()).toHaveLength(before);
  });

  it("holds the files themselves where links are not allowed", async () => {
    await start();
    const {
      blob,
      link,
      snapshot: folder,
    } = cachedRepository(cache, "o", "n", async () => {
      throw Object.assign(new Error("EPERM"), { code: "EPERM" });
    });
    mkdirSync(join(blob("x"), ".."), { recursive: true });
    const file = { name: "sub/a", size: 2, etag: "x" };
    writeFileSync(blob("x"), "ab");
    await link(file, "1", false); // it may be linked to from elsewhere
    expect(readFileSync(join(folder("1"), "sub", "a"), "utf8")).toBe("ab");
    expect(existsSync(blob("x"))).toBe(true);
    await link(file, "2", true);
    expect(readFileSync(join(folder("2"), "sub", "a"), "utf8")).toBe("ab");
    expect(existsSync(blob("x"))).toBe(false);
  });
});

describe("a download", () => {
  it("goes on where it was cut off, within one call", async () => {
    await start(FILES, cutting(0, 1));
    same(join(await get(), "model.safetensors"), WEIGHTS);
    expect(hub.fetched().filter((name) => name === "model.safetensors")).toHaveLength(3);
  });

  it("goes on in the next call, and leaves but an incomplete file until then", async () => {
    await start(FILES, cutting(0));
    const error = await refused(get(MODEL, { retries: 0 }));
    expect(error).toBeInstanceOf(SourceError);
    expect(readdirSync(snapshot())).not.toContain("model.safetensors");
    expect(blobs()).not.toContain(etagOf(WEIGHTS));
    const { size } = lstatSync(join(repository(), "blobs", incomplete(WEIGHTS)));
    expect(size).toBeGreaterThan(0);
    const asked = hub.cdn.asked.length;
    same(join(await get(), "model.safetensors"), WEIGHTS);
    expect(hub.cdn.asked.slice(asked).map(({ headers }) => headers.range)).toEqual([
      `bytes=${size}-299999`,
    ]);
    expect(blobs()).not.toContain(incomplete(WEIGHTS));
  });

  it("that was killed leaves but an incomplete file, and keeps nobody waiting", async () => {
    let isFirst = true;
    await start(FILES, {
      instead(request, response) {
        if (!isFirst || !request.url?.includes("name=model.safetensors")) return false;
        isFirst = false;
        half("stalled")(response, honestly(request, WEIGHTS), request);
        return true;
      },
    });
    const file = "download-repository.ts";
    const module = fileURLToPath(new URL(`../../src/node/hub/${file}`, import.meta.url));
    const settings = JSON.stringify({ endpoint: hub.endpoint, cacheDir: cache, env: {} });
    const contents = `
      import { downloadRepository } from ${JSON.stringify(module)};
      await downloadRepository("${MODEL}", ${settings}, { async config() {}, async folder() {} });`;
    const script = join(cache, "download.mjs");
    const stdin = { contents, resolveDir: dirname(module), loader: "ts" } as const;
    await build({ stdin, outfile: script, bundle: true, platform: "node", format: "esm" });
    const child = spawn(process.execPath, [script]);
    const ended = new Promise((resolve) => child.on("close", resolve));
    const partial = join(repository(), "blobs", incomplete(WEIGHTS));
    await until(() => existsSync(partial) && lstatSync(partial).size === 150_000);
    child.kill("SIGKILL");
    await ended;
    expect(blobs()).not.toContain(etagOf(WEIGHTS));
    expect(readdirSync(snapshot())).not.toContain("model.safetensors");
    same(join(await get(), "model.safetensors"), WEIGHTS);
    expect(hub.cdn.asked.at(-1)?.headers.range).toBe("bytes=150000-299999");
  });

  it("of two at a time happens once", async () => {
    await start();
    const paths = await Promise.all([get(), get(), get()]);
    expect(paths).toEqual(new Array(3).fill(snapshot()));
    expect(hub.fetched().sort()).toEqual([...WANTED].sort());
    for (const name of WANTED) same(join(snapshot(), name), FILES[name]);
  });

  it.each(["model.safetensors", "config.json"])("of other bytes is refused: %s", async (name) => {
    let isDamaged = true;
    const damaged = FILES[name].slice();
    damaged[damaged.length >> 1] ^= 1;
    await start(FILES, {
      instead(request, response) {
        const isIt = request.url?.includes(`name=${name}`) || request.url?.endsWith(`/${name}`);
        const isBytes = isIt && (FILES[name].length < 1000 || request.url?.includes("name="));
        if (!isDamaged || !isBytes) return false;
        const { status, headers, body } = honestly(request, damaged);
        response.writeHead(status, headers).end(body);
        return true;
      },
    });
    const error = await refused(get());
    expect(error).toBeInstanceOf(FormatError);
    expect(error).toMatchObject({ argument: "hash", expected: etagOf(FILES[name]) });
    expect(error.got).toBe(name === "config.json" ? gitHash(damaged) : etagOf(damaged));
    expect(blobs()).not.toContain(etagOf(FILES[name]));
    expect(blobs()).not.toContain(incomplete(FILES[name]));
    isDamaged = false;
    same(join(await get(), name), FILES[name]);
  });

  it("onto what an incomplete file has wrong is refused, and then begun anew", async () => {
    await start();
    mkdirSync(join(repository(), "blobs"), { recursive: true });
    const partial = join(repository(), "blobs", incomplete(WEIGHTS));
    writeFileSync(partial, new Uint8Array(1000));
    expect((await refused(get())).argument).toBe("hash");
    writeFileSync(partial, new Uint8Array(300_001)); // longer than the file
    same(join(await get(), "model.safetensors"), WEIGHTS);
  });

  it.skipIf(process.platform !== "linux")(
    "onto a full disk says so, and goes on later",
    async () => {
      await start();
      mkdirSync(join(repository(), "blobs"), { recursive: true });
      const partial = join(repository(), "blobs", incomplete(WEIGHTS));
      symlinkSync("/dev/full", partial);
      const error = await refused(get());
      expect(error).toBeInstanceOf(SourceError);
      expect(error.got).toBe("a full disk (ENOSPC)");
      expect(error.hint).toContain("goes on where it stopped");
      rmSync(partial);
      same(join(await get(), "model.safetensors"), WEIGHTS);
    },
  );

  it("tells its progress: of all files, with what is there already", async () => {
    await start(FILES, cutting(0));
    const seen: Progress[] = [];
    const onProgress = (progress: Progress) => seen.push(progress);
    await get(MODEL, { retries: 0, onProgress }).catch(() => {});
    const [first, last] = [seen[0], seen.at(-1)!];
    const total = WANTED.reduce((sum, name) => sum + FILES[name].length, 0);
    expect(first).toEqual({ phase: "download", file: "config.json", loaded: 0, total });
    const stopped = last.loaded;
    await get(MODEL, { onProgress });
    for (const [i, progress] of seen.entries()) {
      expect(progress).toMatchObject({ phase: "download", total });
      if (progress !== first && seen[i - 1] !== last) {
        expect(progress.loaded).toBeGreaterThanOrEqual(seen[i - 1].loaded);
      }
    }
    const again = seen.slice(seen.indexOf(last) + 1);
    const weights = again.filter(({ file }) => file === "model.safetensors");
    expect(weights[0].loaded).toBe(stopped); // not from 0
    expect(again.at(-1)).toMatchObject({ loaded: total });
  });

  it("ends with the reason of its signal at any moment, and keeps no lock", async () => {
    const reason = { because: "the user gave up", code: "EIO" };
    let requests = 0;
    let at = -1;
    let abort = new AbortController();
    await start(FILES, {
      instead() {
        if (requests++ === at) abort.abort(reason);
        return false;
      },
    });
    for (at = 0; at < 9; at++) {
      [requests, abort] = [0, new AbortController()];
      rmSync(repository(), { recursive: true, force: true });
      const got = await get(MODEL, { signal: abort.signal }).catch((caught) => caught);
      if (requests > at) expect(got).toBe(reason);
      expect(getEventListeners(abort.signal, "abort")).toEqual([]);
    }
    const controller = new AbortController();
    const onProgress = ({ file }: Progress) =>
      file === "model.safetensors" && controller.abort(reason);
    expect(await rejection(get(MODEL, { signal: controller.signal, onProgress }))).toBe(reason);
    expect(await get()).toBe(snapshot());
    const last = new AbortController();
    const stop = () => last.abort(reason); // at the first of all files, which are there
    expect(await rejection(get(MODEL, { signal: last.signal, onProgress: stop }))).toBe(reason);
    expect(await rejection(get(MODEL, { signal: AbortSignal.abort(reason) }))).toBe(reason);
  });
});

describe("without a network", () => {
  it("takes a model that is complete", async () => {
    await start();
    await get();
    await hub.close();
    expect(await get(MODEL, { backoff: 1e6 })).toBe(snapshot()); // and does not wait for one
    expect(await get(`${MODEL}@${COMMIT}`)).toBe(snapshot());
  });

  it.each<[string, Record<string, string>]>([
    ["a proxy that is not spoken to", { HTTP_PROXY: "socks5://host:1080" }],
    ["no proxy where one is named", { ALL_PROXY: "http://" }],
    ["a proxy that is dead", { HTTP_PROXY: "127.0.0.1:1" }],
    ["a token with a space", { HF_TOKEN: "a b" }],
    ["no number of seconds", { HF_HUB_DOWNLOAD_TIMEOUT: "soon" }],
  ])("or with %s takes a model that is complete, and no other", async (_, env) => {
    await start();
    await refused(get(MODEL, { env }));
    await get();
    expect(await get(MODEL, { env })).toBe(snapshot());
  });

  it("or with no address of a hub takes a model that is complete", async () => {
    await start();
    await get();
    const env = { HF_ENDPOINT: "hub.example.org" };
    expect(await get(MODEL, { endpoint: undefined, env })).toBe(snapshot());
  });

  it("takes none that is not, and says what failed", async () => {
    await start(FILES, cutting(0));
    await get(MODEL, { retries: 0 }).catch(() => {});
    await hub.close();
    const error = await refused(get(MODEL, { retries: 0 }));
    expect(error.got).toContain("ECONNREFUSED");
    expect(error.hint).toContain("a mirror as HF_ENDPOINT");
  });

  it("HF_HUB_OFFLINE asks nobody", async () => {
    await start();
    const env = { HF_HUB_OFFLINE: "1" };
    const error = await refused(get(MODEL, { env }));
    expect(error).toBeInstanceOf(SourceError);
    expect(error).toMatchObject({ got: "nothing of it" });
    expect(error.hint).toContain("unset HF_HUB_OFFLINE");
    const older = await refused(get(MODEL, { env: { TRANSFORMERS_OFFLINE: "1" } }));
    expect(older.hint).toContain("unset TRANSFORMERS_OFFLINE");
    expect(hub.hub.asked).toEqual([]);
    await get();
    const before = hub.hub.asked.length;
    expect(await get(MODEL, { env })).toBe(snapshot());
    expect(hub.hub.asked).toHaveLength(before);
  });

  it.each<[string, string[], string, string]>([
    ["an adapter", ["model.safetensors", "adapter_model.bin"], "adapter_model.bin", "merge it"],
    ["two GGUF files", ["a.gguf", "b.gguf"], "a.gguf, b.gguf", "name the file you mean"],
    [
      "two GGUF files, one in parts",
      ["a-00001-of-00002.gguf", "a-00002-of-00002.gguf", "b.gguf"],
      "a-00001-of-00002.gguf, b.gguf",
      "name the file you mean, as hf:google/gemma-2b/a-00001-of-00002.gguf",
    ],
    ["Keras", ["model.weights.h5"], "model.weights.h5", "of Keras"],
    ["a folder", ["q/2b.ckpt"], "q/2b.ckpt", "write hf:google/gemma-2b/q"],
    ["no weights", ["config.json"], "a part of it", "unset HF_HUB_OFFLINE"],
  ])("names what is in the cache and no download would change: %s", async (_, names, got, hint) => {
    await start();
    mkdirSync(join(repository(), "refs"), { recursive: true });
    writeFileSync(join(repository(), "refs", "main"), COMMIT);
    for (const name of names) {
      mkdirSync(join(snapshot(), name, ".."), { recursive: true });
      writeFileSync(join(snapshot(), name), "x");
    }
    const error = await refused(get(MODEL, { env: { HF_HUB_OFFLINE: "1" } }));
    expect(error.got).toBe(got);
    expect(error.hint).toContain(hint);
    expect(hub.hub.asked).toEqual([]);
  });

  it("finds what Python has put there, and no model without its last shard", async () => {
    const LAST = "model-00002-of-00002.safetensors";
    await start();
    const folder = snapshot();
    mkdirSync(join(repository(), "refs"), { recursive: true });
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(repository(), "refs", "main"), `${COMMIT}`);
    writeFileSync(join(folder, "config.json"), "{}");
    const index = { weight_map: { a: "model-00001-of-00002.safetensors", b: LAST } };
    writeFileSync(join(folder, "model.safetensors.index.json"), JSON.stringify(index));
    writeFileSync(join(folder, "model-00001-of-00002.safetensors"), "1");
    symlinkSync("../../blobs/gone", join(folder, LAST));
    const env = { HF_HUB_OFFLINE: "true" };
    expect((await refused(get(MODEL, { env }))).got).toBe("a part of it");
    rmSync(join(folder, LAST));
    writeFileSync(join(folder, LAST), "2");
    expect(await get(MODEL, { env })).toBe(folder);
  });
});

describe("readFromHub", () => {
  const read = (reference = MODEL, options: HubOptions = {}) =>
    readFromHub(reference, { endpoint: hub.endpoint, env: {}, backoff: 1, ...options });

  it("reads the files of one commit where they are", async () => {
    await start();
    const folder = (await read()) as Folder;
    const names = Object.keys(FILES).map((name) => name.split("/")[0]);
    expect(await folder.list?.()).toEqual(names); // with the folders in it, as on disk
    const source = (await folder.open("model.safetensors"))!;
    expect(await source.read(290_000, 290_010)).toEqual(WEIGHTS.slice(290_000, 290_010));
    const before = hub.hub.asked.length;
    expect(await folder.open("nothing")).toBeUndefined();
    expect(hub.hub.asked).toHaveLength(before);
    for (const { url } of hub.hub.asked.slice(1)) expect(url).toContain(`/resolve/${COMMIT}/`);
    const file = (await read(`${MODEL}/gemma-2b.gguf`)) as ByteSource;
    expect(file.size).toBe(FILES["gemma-2b.gguf"].length);
  });

  it("refuses as a download does", async () => {
    await start(FILES, { tokens: ["hf_good"] });
    const folder = (await read()) as Folder;
    expect((await refused(folder.open("config.json"))).hint).toContain("accept the licence");
    const env = { HF_HUB_OFFLINE: "1" };
    expect((await refused(read(MODEL, { env }))).hint).toContain("unset HF_HUB_OFFLINE");
  });
});

describe("the token", () => {
  it("goes to the hub, and not to its CDN", async () => {
    await start(FILES, { tokens: ["hf_SECRET"] });
    await get(MODEL, { token: "hf_SECRET" });
    expect(hub.hub.asked.length).toBeGreaterThan(5);
    for (const { headers } of hub.hub.asked) expect(headers.authorization).toBe("Bearer hf_SECRET");
    expect(hub.cdn.asked).toHaveLength(3);
    for (const { headers } of hub.cdn.asked) expect(headers).not.toHaveProperty("authorization");
  });

  it("comes from the environment, or from where `hf auth login` puts it", async () => {
    await start(FILES, { tokens: ["hf_x"] });
    const HF_HOME = join(cache, "home");
    mkdirSync(HF_HOME);
    writeFileSync(join(HF_HOME, "token"), "hf_x\n");
    await get(MODEL, { env: { HF_HOME } });
    await get(MODEL, { env: { HF_TOKEN: "hf_x" }, token: "" }); // as of an unset variable in a script
  });

  it("that cannot be one is refused without being shown", async () => {
    await start();
    const error = await refused(get(MODEL, { token: "Bearer hf_SECRET" }));
    expect(error).toBeInstanceOf(ArgumentError);
    expect(error.hint).toBe(`copy it again from ${hub.endpoint}/settings/tokens`);
    expect(hub.hub.asked).toEqual([]);
  });
});

describe("a refusal says what to do", () => {
  it("about a licence that has to be accepted", async () => {
    await start(FILES, { tokens: ["hf_good"] });
    const without = await refused(get());
    expect(without).toBeInstanceOf(SourceError);
    const page = `${hub.endpoint}/google/gemma-2b`;
    expect(without.hint).toBe(`accept the licence at ${page}, then set HF_TOKEN`);
    const other = await refused(get(MODEL, { token: "hf_other" }));
    expect(other.hint).toContain("then check the token");
  });

  it("about a repository or revision that is not there", async () => {
    await start();
    const missing = await refused(get("hf:google/gemma-3b"));
    expect(missing).toBeInstanceOf(SourceError);
    expect(missing.message).toMatch(/no such repository, or no access to it \(401\).*set HF_TOKEN/);
    const hidden = await refused(get("hf:google/gemma-3b", { token: "hf_x" }));
    expect(hidden.message).toMatch(/\(404\).*check the token/);
    expect((await refused(get(`${MODEL}@v9`))).got).toBe("no v9 (404)");
    const file = await refused(get(`${MODEL}/gemma-7b.gguf`));
    expect(file).toBeInstanceOf(SourceError);
    expect(file).toMatchObject({ expected: "a file gemma-7b.gguf", got: "gemma-2b.gguf" });
  });

  it("about a token that the hub does not know, in the hub's words", async () => {
    const words = "Invalid credentials in Authorization header";
    await start(FILES, answering(401, { "x-error-message": words }));
    const error = await refused(get(MODEL, { token: "hf_old" }));
    expect(error).toMatchObject({
      expected: "a token that the hub accepts",
      got: `one that it refuses (401: "${words}")`,
      hint: `set HF_TOKEN to one from ${hub.endpoint}/settings/tokens; a public model needs none`,
    });
    const review = "Your request to access model google/gemma-2b is awaiting a review";
    await start(FILES, answering(403, { "x-error-code": "GatedRepo", "x-error-message": review }));
    expect((await refused(get(MODEL, { token: "hf_x" }))).got).toContain(`(403: "${review}")`);
  });

  it("without the password of its endpoint", async () => {
    await start(FILES, { tokens: ["hf_good"] });
    const endpoint = hub.endpoint.replace("://", "://user:SECRET@");
    expect((await refused(get(MODEL, { endpoint }))).hint).toContain("/google/gemma-2b, then set");
  });

  it("about an endpoint that is no hub", async () => {
    await start(FILES, { listing: () => ({ hello: "world" }) });
    expect((await refused(get())).hint).toContain("HF_ENDPOINT");
    await start(FILES, {
      instead(_, response) {
        response.writeHead(200, { "content-type": "text/html" }).end("<html>log in");
        return true;
      },
    });
    expect((await refused(get())).got).toContain("a web page");
    await start(FILES, answering(404));
    expect((await refused(get())).hint).toContain("HF_ENDPOINT");
    for (const HF_ENDPOINT of [
      "hub.example.org",
      "ftp://SECRET@host",
      "https://host/?key=SECRET",
    ]) {
      const error = await refused(get(MODEL, { endpoint: undefined, env: { HF_ENDPOINT } }));
      expect(error).toBeInstanceOf(ArgumentError);
      expect(error).toMatchObject({ argument: "HF_ENDPOINT", hint: "it begins with https://" });
    }
  });

  it("and nothing where the endpoint ends with a slash", async () => {
    await start();
    const env = { HF_ENDPOINT: ` ${hub.endpoint}// ` };
    expect(await get(MODEL, { endpoint: undefined, env })).toBe(snapshot());
  });

  function answering(status: number, headers: Record<string, string> = {}): HubSetting {
    return {
      instead(_, response) {
        response.writeHead(status, headers).end("{}");
        return true;
      },
    };
  }

  it.each<[string, HubSetting["listing"]]>([
    ["a commit that is a path", (listing) => ({ ...listing, sha: "../../../../etc" })],
    ["a hash that is a path", (listing) => withConfig(listing, { blobId: "../../x" })],
    [
      "a hash of LFS that is a path",
      (listing) => withConfig(listing, { lfs: { sha256: "../x", size: 2 } }),
    ],
    ["no size", (listing) => withConfig(listing, { size: undefined })],
    ["a negative size", (listing) => withConfig(listing, { size: -1 })],
    ["no name", (listing) => withConfig(listing, { rfilename: 5 })],
    ["null", (listing) => ({ ...listing, siblings: [null] })],
  ])("about a listing with %s, and writes nothing", async (_, listing) => {
    await start(FILES, { listing });
    expect(await refused(get())).toBeInstanceOf(FormatError);
    expect(readdirSync(cache)).toEqual([]);
  });

  it("about a file that would lie outside of the cache", async () => {
    await start({ "../../../../evil.gguf": ramp(10) });
    expect((await refused(get())).got).toBe('"../../../../evil.gguf"');
    expect(readdirSync(cache)).toEqual([]);
  });

  function withConfig({ siblings, ...others }: { siblings: object[] }, changes: object): unknown {
    const changed = siblings.map((file, i) => (i === 2 ? { ...file, ...changes } : file));
    return { ...others, siblings: changed }; // of config.json
  }
});

describe("a GGUF file", () => {
  it("is fetched alone, by its name", async () => {
    await start({ ...FILES, "q/it.Q8_0.gguf": gemmaGguf(301) });
    expect(await get(`${MODEL}/gemma-2b.gguf`)).toBe(join(snapshot(), "gemma-2b.gguf"));
    expect(new Set(hub.fetched())).toEqual(new Set(["gemma-2b.gguf"]));
    const path = await get(`${MODEL}@main/q/it.Q8_0.gguf`);
    expect(path).toBe(join(snapshot(), "q/it.Q8_0.gguf"));
    expect(hub.fetched().at(-1)).toBe("q/it.Q8_0.gguf");
    expect(readlinkSync(path)).toBe(`../../../blobs/${etagOf(gemmaGguf(301))}`);
    await hub.close();
    expect(await get(`${MODEL}@main/q/it.Q8_0.gguf`)).toBe(path);
  });

  it("is the model where there is nothing else; of several one has to be named", async () => {
    await start({ "README.md": text("x"), "it.gguf": gemmaGguf(300) });
    expect(await get()).toBe(join(snapshot(), "it.gguf"));
    await start({ "it.Q4_0.gguf": ramp(2000), "it.Q8_0.gguf": ramp(3000) });
    const error = await refused(get());
    expect(error).toBeInstanceOf(ArgumentError);
    expect(error.got).toBe("it.Q4_0.gguf, it.Q8_0.gguf");
    expect(error.hint).toBe("name the file you mean, as hf:google/gemma-2b/it.Q4_0.gguf");
  });

  it("is not named as an example where its type is not read", async () => {
    const types = ["IQ1_S", "IQ2_XXS", "iq3_m", "IQ4_XS", "Q2_K"];
    await start(Object.fromEntries(types.map((type) => [`it.${type}.gguf`, ramp(2000)])));
    const { hint } = await refused(get());
    expect(hint).toBe("name the file you mean, as hf:google/gemma-2b/it.IQ4_XS.gguf");
  });
});

describe("a kind of GGUF, as :Q4_K_M", () => {
  const KINDS = {
    "gemma-2b-it-q4_k_m.gguf": gemmaGguf(300),
    "gemma-2b-it.Q4_K.gguf": gemmaGguf(301),
    "gemma-2b-it_Q8_0.gguf": gemmaGguf(302),
    "other/gemma-2b-it-Q8_0.gguf": gemmaGguf(303),
    "Q4_K_M.json": text("{}"),
  };

  it("is the one file with that in its name, which stays a model without a network", async () => {
    await start(KINDS);
    const path = await get(`${MODEL}:Q4_K_M`);
    expect(path).toBe(join(snapshot(), "gemma-2b-it-q4_k_m.gguf"));
    expect(await get(`${MODEL}@main:q4_k`)).toBe(join(snapshot(), "gemma-2b-it.Q4_K.gguf"));
    const env = { HF_HUB_OFFLINE: "1" };
    expect(await get(`${MODEL}:Q4_K_M`, { env })).toBe(path);
    await refused(get(`${MODEL}:Q8_0`, { env }));
    const source = (await readFromHub(`${MODEL}:Q4_K`, {
      endpoint: hub.endpoint,
      env: {},
    })) as ByteSource;
    expect(source.size).toBe(KINDS["gemma-2b-it.Q4_K.gguf"].length);
  });

  it("is refused where there are several of it, or none", async () => {
    await start(KINDS);
    const several = await refused(get(`${MODEL}@${COMMIT}:Q8_0`));
    expect(several).toBeInstanceOf(ArgumentError);
    expect(several.got).toBe("gemma-2b-it_Q8_0.gguf, other/gemma-2b-it-Q8_0.gguf");
    expect(several.hint).toBe(
      `name the file you mean, as hf:google/gemma-2b@${COMMIT}/gemma-2b-it_Q8_0.gguf`,
    );
    const none = await refused(get(`${MODEL}:latest`));
    expect(none).toBeInstanceOf(SourceError);
    expect(none.expected).toBe("a GGUF file with latest in its name");
    expect(none.got).toContain("gemma-2b-it-q4_k_m.gguf, gemma-2b-it.Q4_K.gguf");
    expect(hub.fetched()).toEqual([]);
  });
});

describe("a GGUF file in parts", () => {
  const PARTS = splitGguf(GGUF, { sizes: [4, 9, 1] }, "q/it-F32");
  const [FIRST, SECOND, THIRD] = Object.keys(PARTS);
  const others = { "it.Q8_0.gguf": gemmaGguf(300), "q/README.md": text("x") };
  const opens = async (path: string) => {
    const { storage, tensors, close } = await openCheckpoint(await openPath(path));
    await close();
    expect([storage, tensors.size]).toEqual(["GGUF in 3 parts", 20]);
  };

  it.each([
    ["the folder", "/q", FIRST],
    ["the first part", `/${FIRST}`, FIRST],
    ["another part", `/${THIRD}`, THIRD],
    ["what it is", ":F32", FIRST],
  ])("is fetched whole, by the name of %s", async (_, name, path) => {
    await start({ ...others, ...PARTS });
    expect(await get(MODEL + name)).toBe(join(snapshot(), path));
    expect(new Set(hub.fetched())).toEqual(new Set(Object.keys(PARTS)));
    await opens(join(snapshot(), path));
    expect(await get(MODEL + name, { env: { HF_HUB_OFFLINE: "1" } })).toBe(join(snapshot(), path));
  });

  it("is the model where there is nothing else", async () => {
    const parts = splitGguf(GGUF, { sizes: [4, 9, 1] });
    await start(parts);
    await opens(await get());
  });

  it("is read by range, from any of them", async () => {
    await start({ ...others, ...PARTS });
    const source = await readFromHub(`${MODEL}/${SECOND}`, { endpoint: hub.endpoint, env: {} });
    expect((await openCheckpoint(source)).storage).toBe("GGUF in 3 parts");
  });

  it("is refused without one of them, before the others are fetched", async () => {
    const { [SECOND]: _, ...rest } = PARTS;
    await start({ ...others, ...rest });
    for (const name of ["/q", `/${FIRST}`, ":F32"]) {
      const error = await refused(get(MODEL + name));
      expect(error).toBeInstanceOf(FormatError);
      expect(error.expected).toBe(
        `all 3 parts of a model, with ${name === "/q" ? SECOND.slice(2) : SECOND}`,
      );
    }
    expect(hub.fetched()).toEqual([]);
  });
});

describe("a folder in a repository", () => {
  it("is a model of its own", async () => {
    const inside = { "step-5/config.json": CONFIG, "step-5/model.safetensors": WEIGHTS };
    await start({ ...FILES, ...inside, "q/it.gguf": gemmaGguf(300) });
    const path = await get(`${MODEL}/step-5/`);
    expect(path).toBe(join(snapshot(), "step-5"));
    expect(hub.fetched()).toEqual(Object.keys(inside));
    expect(await get(`${MODEL}/q`)).toBe(join(snapshot(), "q/it.gguf"));
    const env = { HF_HUB_OFFLINE: "1" };
    expect(await get(`${MODEL}/step-5`, { env })).toBe(path);
    expect(await get(`${MODEL}/q`, { env })).toBe(join(snapshot(), "q/it.gguf"));
    const folder = (await readFromHub(`${MODEL}/step-5`, {
      endpoint: hub.endpoint,
      env: {},
    })) as Folder;
    expect(folder.name).toBe("hf:google/gemma-2b/step-5");
    expect(await folder.list?.()).toEqual(["config.json", "model.safetensors"]);
    expect((await folder.open("config.json"))?.size).toBe(CONFIG.length);
  });

  it("that is none is refused with the form that was meant", async () => {
    await start();
    const hint = async (rest: string) => (await refused(get(`${MODEL}/${rest}`))).hint;
    expect(await hint("tree/main")).toBe("write hf:google/gemma-2b");
    expect(await hint("blob/main/q/x.gguf")).toBe("write hf:google/gemma-2b/q/x.gguf");
    expect(await hint("resolve/refs%2Fpr%2F1/x.gguf")).toBe(
      "write hf:google/gemma-2b@refs%2Fpr%2F1/x.gguf",
    );
  });
});

describe("wantedFiles", () => {
  const besides = ["config.json", "tokenizer.model"];
  /** Of an index that puts one tensor into each of these shards. */
  const wanted = (names: readonly string[], shards: readonly string[] = []) =>
    wantedFiles(names, MODEL, async () => {
      return text(JSON.stringify({ weight_map: Object.fromEntries(shards.entries()) }));
    });

  it.each<[string, string[], string[]]>([
    [
      "one safetensors",
      ["model.safetensors", "pytorch_model.bin", "x.gguf"],
      ["model.safetensors"],
    ],
    [
      "shards",
      [
        "model.safetensors.index.json",
        "model-00001-of-00002.safetensors",
        "model-00002-of-00002.safetensors",
        "pytorch_model.bin",
        "adapter.safetensors",
      ],
      [
        "model.safetensors.index.json",
        "model-00001-of-00002.safetensors",
        "model-00002-of-00002.safetensors",
      ],
    ],
    ["torch", ["pytorch_model.bin", "training_args.bin", "x.gguf"], ["pytorch_model.bin"]],
    [
      "torch in shards",
      ["pytorch_model.bin.index.json", "pytorch_model-00001-of-00001.bin"],
      ["pytorch_model.bin.index.json", "pytorch_model-00001-of-00001.bin"],
    ],
    [
      "shards with other names, as torchtune's",
      [
        "model.safetensors.index.json",
        "ft-model-00001-of-00002.safetensors",
        "ft-model-00002-of-00002.safetensors",
      ],
      [
        "model.safetensors.index.json",
        "ft-model-00001-of-00002.safetensors",
        "ft-model-00002-of-00002.safetensors",
      ],
    ],
    [
      "shards beside those of another day",
      [
        "model.safetensors.index.json",
        "model-00001-of-00001.safetensors",
        "model-00001-of-00002.safetensors",
      ],
      ["model.safetensors.index.json", "model-00001-of-00001.safetensors"],
    ],
    [
      "torch beside an old index",
      ["pytorch_model.bin", "pytorch_model.bin.index.json"],
      ["pytorch_model.bin"],
    ],
    ["gemma_pytorch's", ["gemma-2b.ckpt", "x.gguf"], ["gemma-2b.ckpt"]],
    ["NumPy's", ["weights.npz", "README.md"], ["weights.npz"]],
  ])("of %s", async (_, names, expected) => {
    const shards = expected.filter((name) => name.includes("-of-"));
    expect(await wanted([...besides, ...names], shards)).toEqual([...besides, ...expected]);
  });

  it("refuses shards that are not all there, and an index without any", async () => {
    const [index, ...shards] = [
      "model.safetensors.index.json",
      "model-00001-of-00002.safetensors",
      "model-00002-of-00002.safetensors",
    ];
    const error = await refused(wanted([index, shards[0]], shards));
    expect(error).toBeInstanceOf(FormatError);
    expect(error).toMatchObject({ expected: `all shards in ${index}`, got: shards[0] });
    expect((await refused(wanted([index, ...shards]))).argument).toBe("weight_map");
  });

  it.each([
    [[]],
    [["adapter_config.json"]],
    [["adapter_model.bin"]],
    [["adapter_config.json", "adapters.npz"]],
  ])("finds nothing where there are no weights: %j", async (names) => {
    expect(await wanted(names)).toBeUndefined();
  });

  it.each([["model.safetensors"], ["pytorch_model.bin.index.json"]])(
    "refuses an adapter beside %s, before anything is downloaded",
    async (weights) => {
      const names = ["adapter_config.json", "adapter_model.safetensors", weights];
      const error = await refused(wanted(names));
      expect(error).toBeInstanceOf(UnsupportedError);
      expect(error).toMatchObject({
        expected: "weights without an adapter beside them",
        got: "adapter_config.json, adapter_model.safetensors",
      });
      expect(error.hint).toMatch(/^merge it .* download them, and move its files elsewhere$/);
    },
  );

  it.each([["a.ckpt"], ["unsloth.Q8_0.gguf"]])(
    "refuses an adapter beside %s with the name that leaves it out",
    async (weights) => {
      const error = await refused(wanted(["adapter_config.json", weights]));
      expect(error).toBeInstanceOf(UnsupportedError);
      expect(error.hint).toMatch(new RegExp(`without it, write hf:google/gemma-2b/${weights}$`));
    },
  );

  it("takes a config that a merged adapter left behind for none, beside weights alone", async () => {
    const names = ["adapter_config.json", "model.safetensors"];
    expect(await wanted(names)).toEqual(["model.safetensors"]);
    const other = await refused(wanted([...names, "lora.safetensors"]));
    expect(other).toBeInstanceOf(UnsupportedError);
  });

  it("takes a model alone", async () => {
    expect(await wanted(["model.safetensors"])).toEqual(["model.safetensors"]);
  });
});

describe("a revision with slashes", () => {
  it("is one part of what is asked for", async () => {
    await start();
    await refused(get(`${MODEL}@refs/pr/1`));
    expect(hub.hub.asked[0].url).toContain("/api/models/google/gemma-2b/revision/refs%2Fpr%2F1?");
  });
});

describe("parseHubReference", () => {
  it.each([
    ["hf:google/gemma-2b", "google", "gemma-2b", "main", undefined],
    ["hf:google/gemma-2b@float16", "google", "gemma-2b", "float16", undefined],
    ["hf:google/gemma-2b@refs%2Fpr%2F1", "google", "gemma-2b", "refs/pr/1", undefined],
    ["hf:a/b_c.d/x.gguf", "a", "b_c.d", "main", "x.gguf"],
    ["hf:a/b@v1/q/x.gguf", "a", "b", "v1", "q/x.gguf"],
    ["hf:google/gemma-2b/", "google", "gemma-2b", "main", undefined],
    ["hf://google/gemma-2b@v1", "google", "gemma-2b", "v1", undefined],
    ["HF:google/gemma-2b", "google", "gemma-2b", "main", undefined],
    ["hf:a/b@refs/pr/12", "a", "b", "refs/pr/12", undefined],
    ["hf:a/b@refs/pr/12/x.gguf", "a", "b", "refs/pr/12", "x.gguf"],
    ["hf:a/b@refs/convert/parquet:Q4_0", "a", "b", "refs/convert/parquet", undefined, "Q4_0"],
    ["hf:a/b:Q4_K_M", "a", "b", "main", undefined, "Q4_K_M"],
    ["hf:a/b/sub/", "a", "b", "main", "sub/"],
  ])("takes %s apart", (reference, owner, name, revision, file, tag?: string) => {
    const expected = { owner, name, revision, ...(file && { file }), ...(tag && { tag }) };
    expect(parseHubReference(reference)).toEqual(expected);
  });

  it.each([
    "hf:gemma-2b",
    "hf:",
    "hf:google/",
    "hf:google/..",
    "hf:../x",
    "hf:a--b/c",
    "hf:a/b/../c.gguf",
    "hf:a/b//c",
    "hf:a/b@..",
    "hf:a/b@..%2F..%2Fx",
    "hf:a/b@%2Fetc",
    "hf:a/b@x\\y",
    "hf:a/b?c",
    "hf:a/b:",
    "hf:a/b:x/y",
    "hf:///a/b",
    "hf:a/b@refs/pr/..",
    "hf:https://huggingface.co/a/b",
  ])("refuses %s", (reference) => {
    expect(() => parseHubReference(reference)).toThrow(ArgumentError);
  });
});
