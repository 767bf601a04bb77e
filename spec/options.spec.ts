/**
 * Options of public calls: unknown ones are refused by name, and of each known one there is a spec that sees what it
 * does.
 */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cachedFile } from "../src/checkpoint/cached.ts";
import { openGguf } from "../src/checkpoint/gguf/open.ts";
import { openNpz } from "../src/checkpoint/numpy/open.ts";
import { openCheckpoint } from "../src/checkpoint/open.ts";
import { openTokenizer } from "../src/checkpoint/open-tokenizer.ts";
import { openHfFolder } from "../src/checkpoint/safetensors/open.ts";
import { openTorch, openTorchFolder } from "../src/checkpoint/torch/open.ts";
import { ArgumentError } from "../src/errors.ts";
import { downloadFromHub } from "../src/node/download-from-hub.ts";
import { assertOptions } from "../src/options.ts";
import { bytesSource } from "../src/source/byte-source.ts";
import { filesFolder } from "../src/source/folder.ts";
import { httpFolder } from "../src/source/http/folder.ts";
import { httpSource } from "../src/source/http/source.ts";
import { callsWithOptions } from "./support/doors.ts";
import { readFixture } from "./support/goldens.ts";
import { CALLS, type Call, ELSEWHERE, loaded } from "./support/public-calls.ts";
import { thrownBy } from "./support/thrown-by.ts";

// biome-ignore lint/suspicious/noExplicitAny: the compiler is what these callers do without
type Untyped = any;

describe("assertOptions", () => {
  const NAMES = { maxTokens: true, signal: true } as const;
  const refused = (options: Untyped) => {
    const error = thrownBy(() => assertOptions("ask", options, NAMES));
    expect(error).toBeInstanceOf(ArgumentError);
    return error.message;
  };

  it("takes known names, with undefined for absent and null for no signal", () => {
    for (const options of [{}, { maxTokens: undefined }, { signal: null, maxTokens: 5 }]) {
      assertOptions<object>("ask", options, NAMES as Untyped);
    }
    assertOptions<object>("ask", Object.create({ inherited: 1 }), NAMES as Untyped);
  });

  it("names what it does not know, and says which was meant, or lists what it knows", () => {
    expect(refused({ maxToken: 5 })).toBe(
      'ask: "maxToken" expected an option, got an unknown name; did you mean maxTokens?',
    );
    expect(refused({ frobnicate: 5 })).toBe(
      'ask: "frobnicate" expected an option (maxTokens, signal), got an unknown name',
    );
  });

  it("refuses an unknown name whatever stands behind it, and names every object has", () => {
    for (const value of [undefined, null, false, 0, ""]) refused({ other: value });
    for (const name of ["constructor", "toString", "hasOwnProperty"]) refused({ [name]: 1 });
    refused(JSON.parse('{"__proto__": 1}'));
  });

  it("refuses what is no object of options", () => {
    for (const other of [null, 5, "fast", [], ["a"], new Map(), new Uint8Array(2), () => {}]) {
      expect(refused(other)).toContain('"options" expected an object, or nothing');
    }
    expect(refused(new AbortController().signal)).toContain("{ signal }");
    expect(refused({ signal: new AbortController() })).toContain("not the controller");
  });

  it.each<[names: string, options: Untyped, hint: string | undefined]>([
    ["maxTokens", () => {}, "for await (const { text } of ...)"],
    ["onProgress", () => {}, "{ onProgress: ... }"],
    ["names", () => {}, "{ names: ... }"],
    ["names", ["logits"], "{ names: ... }"],
    ["messages maxTokens", [{ role: "user", content: "Hi" }], "{ messages: ... }"],
    ["messages maxTokens", "Hi", "gemma.chat().send(text)"],
    ["precision", "float64", "{ precision: ... }"],
    ["maxTokens temperature contextLength", 100, "{ maxTokens: ... }"],
    ["temperature topP", 0.7, "{ temperature: ... }"],
    ["contextLength", 64, "{ contextLength: ... }"],
    ["cache", { rewind() {} }, "{ cache }"],
    ["signal", 5, undefined],
  ])("of %s says what is meant by %o in their place", (names, options, hint) => {
    const known = Object.fromEntries(names.split(" ").map((name) => [name, true as const]));
    const error = thrownBy(() => assertOptions("ask", options, known)) as ArgumentError;
    expect(error.expected).toBe("an object, or nothing");
    if (hint === undefined) expect(error.hint).toBeUndefined();
    else expect(error.hint).toContain(hint);
  });
});

/** The refusal of a call with these options. */
async function refusal({ call }: Call, options: Untyped): Promise<ArgumentError> {
  const gemma = await loaded;
  const error = await (async () => call(options, gemma))().then(
    () => "accepted",
    (caught) => caught,
  );
  expect(error).toBeInstanceOf(ArgumentError);
  return error;
}

/** The options of a call, as its own refusal lists them. */
async function namesOf(call: Call): Promise<string[]> {
  const { expected = "" } = await refusal(call, { frobnicate: 1 });
  return /\((.*)\)$/.exec(expected)?.[1].split(", ") ?? [];
}

describe.each(Object.entries(CALLS))("%s", (_, call) => {
  it("refuses every name that is not one of its options, by that name", async () => {
    const known = Object.keys(call.seen);
    const others = Object.values(CALLS).flatMap(({ seen }) => Object.keys(seen));
    const foreign = ["max_new_tokens", "top_p", "do_sample", "system", "dtype", "stream", "x"];
    const name = fc.oneof(fc.string(), fc.constantFrom(...others, ...foreign));
    await fc.assert(
      fc.asyncProperty(name, fc.anything(), async (unknown, value) => {
        fc.pre(!known.includes(unknown) && unknown !== "__proto__");
        expect((await refusal(call, { [unknown]: value })).argument).toBe(unknown);
      }),
      { numRuns: 20 },
    );
  });

  it("has a spec that sees what each of its options does", async () => {
    expect(Object.keys(call.seen).sort()).toEqual((await namesOf(call)).sort());
    for (const [name, [spec, title]] of Object.entries(call.seen)) {
      const text = readFileSync(fileURLToPath(new URL(spec, import.meta.url)), "utf8");
      expect(text, `${name}: ${spec}`).toContain(title);
    }
  });
});

const URL_OF_FILE = "http://127.0.0.1:9/model.gguf";

describe("an option of many calls", () => {
  it("a signal that was aborted: its reason is the error of whatever opens something", async () => {
    const reason = new Error("enough");
    const options = { signal: AbortSignal.abort(reason) };
    const files = new Map([["config.json", readFixture("mqa/config.json")]]);
    const folder = filesFolder(files);
    const gguf = readFixture("gguf/model.Q4_0.gguf");
    const opening: readonly (() => Promise<unknown>)[] = [
      () => openCheckpoint(folder, options),
      () => openTokenizer(gguf, options),
      () => openGguf(bytesSource(gguf), options),
      () => openHfFolder(folder, options),
      () => openNpz(bytesSource(gguf), options),
      () => openTorch(bytesSource(gguf), options),
      () => openTorchFolder(folder, ["config.json"], options),
    ];
    for (const open of opening) await expect(open()).rejects.toBe(reason);
  });

  it("fetch is what asks", async () => {
    const asked: string[] = [];
    const fetch = async (url: Untyped) => {
      asked.push(`${url}`);
      return new Response(null, { status: 404 });
    };
    const options = { fetch, env: {}, cacheDir: "/nowhere" };
    await httpSource(URL_OF_FILE, { fetch }).catch(() => {});
    await httpFolder("http://host/a", { fetch }).open("b");
    await downloadFromHub("hf:a/b", options).catch(() => {});
    await cachedFile({ open: async () => undefined } as Untyped, "http://host/c", { fetch }).catch(
      () => {},
    );
    expect(asked).toEqual([
      URL_OF_FILE,
      "http://host/a/b",
      "https://huggingface.co/api/models/a/b/revision/main?blobs=true",
      "http://host/c",
    ]);
  });
});

describe("the table of calls", () => {
  it("has every public call that takes options, and no other", () => {
    const known = [...Object.keys(CALLS), ...Object.keys(ELSEWHERE)];
    expect(callsWithOptions()).toEqual(known.sort());
  });
});
