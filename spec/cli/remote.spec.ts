/** Models that are not on this machine: at a URL, and on Hugging Face. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { cli } from "../support/cli.ts";
import { COMMIT, type FakeHub, fakeHub } from "../support/fake-hub.ts";
import { readFixture } from "../support/goldens.ts";
import { FAULTS, type HostileServer, half, honestly, serve } from "../support/hostile-server.ts";
import { fixture } from "../support/paths.ts";
import { buildProgram, startNode } from "../support/program.ts";
import { scratchFolder } from "../support/scratch.ts";
import { until } from "../support/until.ts";

const TINY = ["config.json", "generation_config.json", "model.safetensors", "tokenizer.model"];
const FILES = Object.fromEntries(
  TINY.filter((name) => existsSync(fixture(`tiny-stories-it/${name}`))).map((name) => [
    name,
    readFixture(`tiny-stories-it/${name}`),
  ]),
);
const GGUF = readFixture("gguf/model.Q8_0.gguf");
const IDS = ["--ids", "2,7,9", "--json"];

const cache = scratchFolder("remote");
let server: HostileServer;
let hub: FakeHub;
/** The ranges of the weights that stop half-way. */
let stalled: RegExp | undefined;

beforeAll(async () => {
  server = await serve((request, response) => {
    const { pathname } = new URL(request.url ?? "", "http://host");
    const name = pathname.slice("/tiny/".length);
    const bytes = pathname.endsWith(".gguf") ? GGUF : FILES[name];
    if (bytes) FAULTS.honest(response, honestly(request, bytes), request);
    else FAULTS["404"](response, honestly(request, GGUF), request);
  });
  hub = await fakeHub(FILES, {
    instead(request, response) {
      const isWeights = request.url?.includes("name=model.safetensors");
      if (!isWeights || !stalled?.test(request.headers.range ?? "")) return false;
      half("stalled")(response, honestly(request, FILES["model.safetensors"]), request);
      return true;
    },
  });
  vi.stubEnv("HF_ENDPOINT", hub.endpoint);
  vi.stubEnv("HF_HUB_CACHE", cache);
  vi.stubEnv("HF_TOKEN", "hf_x");
});
afterEach(() => {
  stalled = undefined;
  rmSync(join(cache, "models--google--gemma-2b"), { recursive: true, force: true });
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await Promise.all([server.close(), hub.close()]);
});

describe("--model URL", () => {
  it("is the folder of files at that URL, or the file", async () => {
    const local = await cli(["score", ...IDS]);
    expect(local.code).toBe(0);
    const remote = await cli(["score", ...IDS, "--model", `${server.origin}/tiny/`]);
    expect(remote).toEqual(local);
    const file = ["score", ...IDS, "--model", fixture("gguf/model.Q8_0.gguf")];
    const there = ["score", ...IDS, "--model", `${server.origin}/model.Q8_0.gguf`];
    expect(await cli(there)).toEqual(await cli(file));
  });

  it("says what is not there, without its query", async () => {
    const url = `${server.origin}/nothing.bin?signature=SECRET`;
    const { code, err } = await cli(["score", ...IDS, "--model", url]);
    expect([code, err.includes("SECRET")]).toEqual([1, false]);
    expect(err).toContain(`${server.origin}/nothing.bin expected a file that may be read, got 404`);
  });

  it.each([
    ["https://huggingface.co/google/gemma-2b", "hf:google/gemma-2b"],
    ["https://huggingface.co/google/gemma-2b/tree/main/", "hf:google/gemma-2b"],
    ["https://hf.co/google/gemma-2b/tree/float16", "hf:google/gemma-2b@float16"],
    ["https://huggingface.co/g/m/blob/main/q/x.gguf", "hf:g/m/q/x.gguf"],
    ["https://huggingface.co/g/m/raw/main/x.gguf", "hf:g/m/x.gguf"],
    ["https://huggingface.co/g/m/tree/refs%2Fpr%2F1/q", "hf:g/m@refs%2Fpr%2F1/q"],
  ])("that is a page about a model is refused: %s", async (url, hint) => {
    const { code, err } = await cli(["inspect", url]);
    expect(code).toBe(1);
    expect(err).toMatch(new RegExp(`; write ${hint}\n$`));
  });

  it("is taken by inspect and convert too, and its query is written nowhere", async () => {
    const url = `${server.origin}/model.Q8_0.gguf?signature=SECRET`;
    const { out } = await cli(["inspect", "--json", url]);
    expect(JSON.parse(out)).toMatchObject({ folder: `${server.origin}/model.Q8_0.gguf` });
    const path = join(cache, "copy.gguf");
    expect((await cli(["convert", url, path])).code).toBe(0);
    const provenance = readFileSync(`${path}.json`, "utf8");
    expect(JSON.parse(provenance).from).toBe(`${server.origin}/model.Q8_0.gguf`);
    expect(readFileSync(path).includes("SECRET")).toBe(false);
  });
});

describe("--model hf:OWNER/NAME", () => {
  it("downloads the model, once", async () => {
    const argv = ["score", ...IDS, "--model", "hf:google/gemma-2b"];
    const local = await cli(["score", ...IDS]);
    expect(await cli(argv)).toEqual(local);
    const before = hub.fetched().length;
    expect(await cli(argv)).toEqual(local);
    expect(hub.fetched()).toHaveLength(before);
    const { out } = await cli(["inspect", "--json", "hf:google/gemma-2b@main"]);
    expect(JSON.parse(out).folder).toBe(
      join(cache, "models--google--gemma-2b", "snapshots", COMMIT),
    );
  });

  it("is read by range where its weights are not needed", async () => {
    const asked = hub.cdn.asked.length;
    const { out } = await cli(["inspect", "--json", "hf:google/gemma-2b"]);
    const { folder, ...others } = JSON.parse(out);
    expect(folder).toBe("hf:google/gemma-2b");
    expect(others).toEqual({
      ...JSON.parse((await cli(["inspect", "--json"])).out),
      folder: undefined,
    });
    const text = ["tokenize", "--json", "Mira"];
    expect(await cli([...text, "--model", "hf:google/gemma-2b"])).toEqual(await cli(text));
    const ranges = hub.cdn.asked.slice(asked).map(({ url, headers }) => [url, headers.range]);
    const ofWeights = ranges.filter(([url]) => url?.includes("name=model.safetensors"));
    expect(ofWeights.map(([, range]) => range)).toEqual(["bytes=0-0", "bytes=0-65535"]);
    for (const { headers } of hub.hub.asked) expect(headers.authorization).toBe("Bearer hf_x");
    expect(existsSync(join(cache, "models--google--gemma-2b"))).toBe(false);
  });

  it("says what to do where there is no such model", async () => {
    const { code, err } = await cli(["score", ...IDS, "--model", "hf:google/gemma-9b"]);
    expect(code).toBe(1);
    expect(err).toContain("hf:google/gemma-9b expected a repository, got no such repository");
    const path = await cli(["score", ...IDS, "--model", "google/gemma-2b"]);
    expect(path.err).toContain("if it is a model on Hugging Face, write hf:google/gemma-2b");
  });

  it.each([["score", ...IDS, "--model"], ["inspect"], ["convert", "--type", "F32"]])(
    "stops at Ctrl-C with 130: %s",
    async (...argv) => {
      stalled = /^/;
      const abort = new AbortController();
      const out = argv[0] === "convert" ? [join(cache, "out.gguf")] : [];
      const { signal } = abort;
      const running = cli([...argv, "hf:google/gemma-2b", ...out], { signal });
      await until(() => hub.cdn.open() === 1);
      abort.abort();
      expect(await running).toEqual({ code: 130, out: "", err: "" });
      await until(() => hub.cdn.open() === 0);
    },
  );

  it("stops the process at once at Ctrl-C, and keeps what has come so far", async () => {
    stalled = new RegExp(`-${FILES["model.safetensors"].length - 1}$`); // and not their header
    const folder = mkdtempSync(join(cache, "program-"));
    const program = await buildProgram(folder);
    const { child, ended } = startNode([program, "score", ...IDS, "--model", "hf:google/gemma-2b"]);
    const blobs = join(cache, "models--google--gemma-2b", "blobs");
    const sizes = () =>
      (existsSync(blobs) ? readdirSync(blobs) : [])
        .filter((name) => name.endsWith(".incomplete"))
        .map((name) => statSync(join(blobs, name), { throwIfNoEntry: false })?.size); // it may just have become whole
    const soFar = [Math.floor(FILES["model.safetensors"].length / 2)];
    await until(() => sizes().join() === soFar.join());
    child.kill("SIGINT");
    expect([await ended, sizes()]).toEqual([130, soFar]);
  });
});
