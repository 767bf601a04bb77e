import { getEventListeners } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { Checkpoint } from "../../../src/checkpoint/checkpoint.ts";
import { openCheckpoint } from "../../../src/checkpoint/open.ts";
import { openTokenizer } from "../../../src/checkpoint/open-tokenizer.ts";
import {
  ArgumentError,
  FormatError,
  GemmaError,
  SourceError,
  UnsupportedError,
} from "../../../src/errors.ts";
import { type ByteSource, readAll } from "../../../src/source/byte-source.ts";
import { httpFolder } from "../../../src/source/http/folder.ts";
import { openRemote, readRemote } from "../../../src/source/http/range.ts";
import type { RequestOptions } from "../../../src/source/http/request.ts";
import { type HttpSourceOptions, httpSource } from "../../../src/source/http/source.ts";
import { ramp, rejection } from "../../support/files/safetensors-file.ts";
import { fixtureFolder, readFile } from "../../support/files.ts";
import { RUNS } from "../../support/fuzz.ts";
import {
  FAULTS,
  type Fault,
  type FaultName,
  type HostileServer,
  half,
  honestly,
  STALLS_AFTER,
  serve,
  status,
  withHeaders,
} from "../../support/hostile-server.ts";
import { expectReadsInto } from "../../support/reads-into.ts";
import { until } from "../../support/until.ts";

const FILE = new Uint8Array(ramp(300_000));
const QUICK = { backoff: 1, retries: 3 };
/** Waits of this length end when the test says so: however slow the machine is, no honest answer is late. */
const STALL = 3_600_000;

interface Timer {
  readonly wait: number;
  readonly work: () => void;
}
/** The clock of src/source/http, which waits nowhere else (see "the timers"). */
const clock = vi.hoisted(() => ({
  /** Timers that are neither cancelled nor over. */
  pending: new Set<Timer>(),
  /** All waits so far. */
  waits: [] as number[],
  /** How much faster it goes than the real one. */
  speed: 1,
  /** Whether the next timer of STALL milliseconds is over as soon as it is set. */
  isNextOver: false,
}));
vi.mock("../../../src/source/http/timer.ts", () => ({
  after(wait: number, work: () => void): () => void {
    const timer: Timer = { wait, work };
    clock.pending.add(timer);
    clock.waits.push(wait);
    const end = () => {
      if (clock.pending.delete(timer)) work();
    };
    let running: ReturnType<typeof setTimeout> | undefined;
    if (wait !== STALL) running = setTimeout(end, wait / clock.speed);
    else if (clock.isNextOver) setImmediate(end);
    if (wait === STALL) clock.isNextOver = false;
    return () => {
      clearTimeout(running);
      clock.pending.delete(timer);
    };
  },
}));

/** Lets the time of a stalled connection pass. */
function pass(): void {
  for (const timer of clock.pending) {
    if (timer.wait !== STALL) continue;
    clock.pending.delete(timer);
    timer.work();
  }
}

/** fetch, with time that passes once the bytes have arrived after which the server stalls. */
const stalling: typeof fetch = async (...argv) => {
  clock.isNextOver = false;
  const response = await fetch(...argv);
  const header = response.headers.get(STALLS_AFTER);
  if (header === null || !response.body) return response;
  let left = Number(header);
  const overIfNone = () => {
    if (left === 0) clock.isNextOver = true;
  };
  overIfNone();
  const counted = response.body.pipeThrough(
    new TransformStream<Uint8Array, Uint8Array>({
      transform(bytes, controller) {
        left -= bytes.length;
        overIfNone();
        controller.enqueue(bytes);
      },
    }),
  );
  return new Response(counted, { status: response.status, headers: response.headers });
};
const TIMED = { backoff: 1, retries: 3, stallTimeout: STALL, fetch: stalling };
/** No answer at all, and the time passes after which that is one. */
const silent: Fault = () => pass();

let server: HostileServer;

afterEach(async () => {
  clock.speed = 1;
  const left = [...clock.pending];
  clock.pending.clear();
  expect(left).toEqual([]);
  await nothingIsOpen();
  await server.close();
});

/** The server sees a connection end some moments after it is closed here. */
function nothingIsOpen(): Promise<void> {
  return until(() => server.open() === 0);
}

/** Serves FILE; the n-th request as the n-th of `faults` says, later ones honestly. */
async function serving(
  faults: readonly Fault[],
  { file = FILE, validators }: { file?: Uint8Array; validators?: Record<string, string> } = {},
): Promise<string> {
  server = await serve((request, response, n) => {
    (faults[n] ?? FAULTS.honest)(response, honestly(request, file, validators), request);
  });
  return `${server.origin}/model.gguf?signature=SECRET`;
}

/** The same fault for ever, after `honest` requests without. */
function always(fault: Fault, honest = 0): Fault[] {
  return [...new Array(honest).fill(FAULTS.honest), ...new Array(300).fill(fault)];
}

/** The whole file as the answer to a range, of which half never comes. */
const halfOfAll: Fault = (response, { headers, file }, request) => {
  const { "content-range": _, ...others } = headers;
  const whole = { ...others, "content-length": file.length };
  half("stalled")(response, { status: 200, headers: whole, body: file, file }, request);
};

async function read(
  url: string,
  begin: number,
  end: number,
  options: RequestOptions,
): Promise<Uint8Array> {
  const file = await openRemote(url, options);
  const chunks: Uint8Array[] = [];
  for await (const chunk of readRemote(file!, begin, end, options)) chunks.push(chunk);
  return new Uint8Array(Buffer.concat(chunks));
}

/** Without the account of each byte that `toEqual` keeps, which takes a second for a megabyte. */
function expectBytes(got: Uint8Array, expected: Uint8Array): void {
  expect(Buffer.compare(got, expected)).toBe(0);
}

async function refused(promise: Promise<unknown>): Promise<GemmaError> {
  const error = (await rejection(promise)) as GemmaError;
  expect(error).toBeInstanceOf(GemmaError);
  expect(error.message).not.toContain("SECRET");
  return error;
}

describe("openRemote", () => {
  it("asks for the first byte, and learns size, ETag and whether there are ranges", async () => {
    const url = await serving([]);
    const found = { url, size: 300_000, validator: '"v1"', acceptsRanges: true };
    expect(await openRemote(url)).toEqual(found);
    const [{ method, headers }] = server.asked;
    expect([method, headers.range, headers["accept-encoding"]]).toEqual([
      "GET",
      "bytes=0-0",
      "identity",
    ]);
  });

  it("takes a 200 for a server without ranges, and asks no further", async () => {
    const url = await serving([halfOfAll]);
    expect(await openRemote(url)).toMatchObject({ size: 300_000, acceptsRanges: false });
    // afterEach sees that its body was not waited for.
  });

  it("knows an empty file by its 416", async () => {
    const url = await serving([], { file: new Uint8Array(0) });
    expect(await openRemote(url)).toMatchObject({ size: 0 });
    expect(await readAll(await httpSource(url))).toEqual(new Uint8Array(0));
  });

  it("prefers a strong ETag, and holds nothing of a weak one", async () => {
    const date = "Wed, 21 Feb 2024 12:00:00 GMT";
    const url = await serving([], { validators: { etag: 'W/"v1"', "last-modified": date } });
    expect(await openRemote(url)).toMatchObject({ validator: date });
  });

  it.each([404, 410])("finds no file where the answer is %d", async (code) => {
    const url = await serving([status(code)]);
    expect(await openRemote(url, QUICK)).toBeUndefined();
    expect(server.asked).toHaveLength(1);
  });

  it.each([401, 403])("says of a %d which URL, and what may be missing", async (code) => {
    const url = await serving([status(code)]);
    const error = await refused(openRemote(url, QUICK));
    expect(error).toBeInstanceOf(SourceError);
    expect(error.file).toBe(`${server.origin}/model.gguf`);
    expect(error.got).toContain(`${code}`);
    expect(error.hint).toContain("credentials, an accepted licence");
    expect(server.asked).toHaveLength(1);
  });

  it.each<[string, Fault, unknown, string]>([
    ["400", status(400), SourceError, "400"],
    ["206 without Content-Range", status(206), FormatError, "no Content-Range"],
    ["416 of a file that is not empty", status(416), SourceError, "416"],
    ["204", status(204), SourceError, "204"],
    ["304", status(304), SourceError, "304"],
    ["gzip", FAULTS.gzip, UnsupportedError, "gzip encoding"],
    ["a login page", FAULTS["a login page"], FormatError, "a web page"],
    [
      "200 without a length",
      (response) => {
        response.writeHead(200);
        response.flushHeaders();
        response.end("x");
      },
      UnsupportedError,
      "no Content-Range or Content-Length",
    ],
  ])("refuses %s without another attempt", async (_, fault, kind, got) => {
    const url = await serving(always(fault));
    const error = await refused(openRemote(url, QUICK));
    expect(error).toBeInstanceOf(kind);
    expect(error.got).toContain(got);
    expect(server.asked).toHaveLength(1);
  });

  it.each(["reset", "503", "429"] as const)(
    "tries again after %s, and then gives up",
    async (name) => {
      const url = await serving(always(FAULTS[name]));
      const error = await refused(openRemote(url, QUICK));
      expect(error).toBeInstanceOf(SourceError);
      expect(error.got).toContain("(4 times)");
      expect(server.asked).toHaveLength(4);
    },
  );

  it("soon says that no server is there at all", async () => {
    const url = await serving(always(FAULTS.reset));
    await server.close();
    const error = await refused(openRemote(url, { backoff: 1, retries: 50 }));
    expect(error).toBeInstanceOf(SourceError);
    expect(error.got).toMatch(/ECONNREFUSED.*\(3 times\)/);
  });

  it("finds what comes after a reset, a stall, and a 503", async () => {
    const url = await serving([FAULTS.reset, silent, FAULTS["503"], FAULTS["429"]]);
    expect(await openRemote(url, { ...TIMED, retries: 4 })).toMatchObject({ size: 300_000 });
    expect(server.asked).toHaveLength(5);
  });

  it("waits as long as the server asks", async () => {
    clock.waits.length = 0;
    const url = await serving([status(503, { "retry-after": "1" })]);
    clock.speed = 1000;
    await openRemote(url, QUICK);
    expect(clock.waits).toContain(1000);
  });

  it("does not wait for an hour", async () => {
    const url = await serving([status(429, { "retry-after": "3600" })]);
    const error = await refused(openRemote(url, QUICK));
    expect(error.hint).toBe("the server asks to try again in 60 minutes");
  });

  it("says that nobody listens there", async () => {
    const url = await serving([]);
    await server.close();
    const error = await refused(openRemote(url, { ...QUICK, retries: 0 }));
    expect(error.got).toContain("ECONNREFUSED");
  });

  it.each(["ftp://host/x", "model.gguf", "http://:secret@", "data:,x"])(
    "refuses %j as a URL, and does not repeat it",
    async (url) => {
      await serving([]);
      const error = await refused(openRemote(url));
      expect(error).toBeInstanceOf(ArgumentError);
      expect(error.message).not.toContain("secret");
    },
  );

  it("refuses a header with a line break, and does not repeat it", async () => {
    const url = await serving([]);
    const error = await refused(openRemote(url, { headers: { authorization: "SECRET\nx" } }));
    expect(error).toBeInstanceOf(ArgumentError);
    expect(error.cause).toBeUndefined();
  });

  it("sends user and password of a URL as HTTP does", async () => {
    const url = (await serving([])).replace("//", "//j%C3%BCrgen:p%40ss@");
    await openRemote(url);
    const [scheme, encoded] = server.asked[0].headers.authorization!.split(" ");
    expect([scheme, Buffer.from(encoded, "base64").toString()]).toEqual(["Basic", "jürgen:p@ss"]);
    const error = await refused(httpSource(url, { size: 1 }));
    expect(error.file).toBe(`${server.origin}/model.gguf`);
  });
});

describe("a redirect", () => {
  it("is followed; to another port without the authorization", async () => {
    const url = await serving([]);
    const first = await serve((_, response) => {
      response.writeHead(302, { location: url }).end();
    });
    const headers = { authorization: "Bearer SECRET" };
    try {
      const bytes = await read(`${first.origin}/x`, 5, 100_000, { headers });
      expectBytes(bytes, FILE.slice(5, 100_000));
      expect(first.asked.map((asked) => asked.headers.authorization)).toEqual(
        new Array(2).fill("Bearer SECRET"),
      );
      expect(server.asked).toHaveLength(2);
      for (const asked of server.asked) expect(asked.headers).not.toHaveProperty("authorization");
    } finally {
      await first.close();
    }
  });

  it("on the same server keeps it", async () => {
    await serving([
      (response) => {
        response.writeHead(302, { location: "/elsewhere" }).end();
      },
    ]);
    await openRemote(`${server.origin}/x`, { headers: { authorization: "Bearer x" } });
    expect(server.asked[1]).toMatchObject({
      url: "/elsewhere",
      headers: { authorization: "Bearer x", range: "bytes=0-0" },
    });
  });

  it("in a circle is given up", async () => {
    const url = await serving(
      always((response) => {
        response.writeHead(302, { location: "/x" }).end();
      }),
    );
    expect(await refused(openRemote(url, { ...QUICK, retries: 0 }))).toBeInstanceOf(SourceError);
  });
});

describe("readRemote", () => {
  it("reads what it is asked for, in one request", async () => {
    const url = await serving([]);
    expectBytes(await read(url, 10, 299_999, QUICK), FILE.slice(10, 299_999));
    expect(server.asked.map(({ headers }) => headers.range)).toEqual([
      "bytes=0-0",
      "bytes=10-299998",
    ]);
  });

  it.each(["reset in the body", "cut short", "stalled in the body", "half the range"] as const)(
    "goes on where it broke: %s",
    async (name) => {
      const url = await serving([FAULTS.honest, FAULTS[name], FAULTS[name]]);
      expectBytes(await read(url, 7, 200_000, TIMED), FILE.slice(7, 200_000));
      const begins = server.asked
        .slice(1)
        .map(({ headers }) => Number(headers.range?.match(/\d+/)));
      expect(begins[0]).toBe(7);
      expect(begins[1]).toBeGreaterThan(7);
      expect(begins[2]).toBeGreaterThan(begins[1]);
    },
  );

  it("counts attempts from the last byte that came", async () => {
    // 17 halves of what is left, each followed by a failure: more than three in all, never two in a row.
    const url = await serving([FAULTS.honest, ...new Array(17).fill(half("reset"))]);
    expectBytes(await read(url, 0, 300_000, { ...QUICK, retries: 1 }), FILE);
  });

  it("gives up where no byte comes any more, and says how often it tried", async () => {
    const url = await serving([FAULTS.honest, half("ended"), ...always(FAULTS["503"])]);
    const error = await refused(read(url, 0, 1000, QUICK));
    expect(error).toBeInstanceOf(SourceError);
    expect(error).toMatchObject({
      file: `${server.origin}/model.gguf`,
      expected: "bytes 0 to 1000",
      got: "503 Service Unavailable (4 times)",
    });
  });

  it.each<[FaultName, string]>([
    ["another range", "bytes 101-200/300000"],
    ["more than asked", "3 bytes too many"],
    ["no body", "no ETag"],
    ["another size", "300001 bytes"],
    ["another ETag", '"v2"'],
    ["no ETag", "300000 bytes"],
    ["gzip", "gzip encoding"],
    ["a login page", "a web page"],
    ["401", "401 Unauthorized"],
    ["403", "403 Forbidden"],
    ["404", "404 Not Found"],
  ])("refuses %s at once", async (name, got) => {
    const url = await serving(always(FAULTS[name], 1));
    const error = await refused(read(url, 100, 200, QUICK));
    if (name !== "no body") expect(error.got).toContain(got);
    expect(server.asked).toHaveLength(2);
  });

  it("refuses a file that changed while the connection was down", async () => {
    const url = await serving([FAULTS.honest, half("reset"), FAULTS["another ETag"]]);
    const error = await refused(read(url, 0, 1000, QUICK));
    expect(error).toBeInstanceOf(FormatError);
    expect(error.hint).toContain("changed on the server");
  });

  it("without validators sees another size", async () => {
    const url = await serving([FAULTS.honest, half("reset"), FAULTS["another size"]], {
      validators: {},
    });
    expect((await refused(read(url, 0, 1000, QUICK))).hint).toContain("changed on the server");
  });

  it("needs no more of a server without ranges than up to its last byte", async () => {
    const url = await serving(always(halfOfAll));
    expectBytes(await read(url, 10, 100_000, QUICK), FILE.slice(10, 100_000));
    expect(server.asked).toHaveLength(2);
  });

  it("does not fetch the whole for a part, but asks again", async () => {
    const url = await serving([FAULTS.honest, FAULTS["the whole file"]]);
    expectBytes(await read(url, 10, 20, QUICK), FILE.slice(10, 20));
    expect(server.asked).toHaveLength(3);
  });

  it("closes the connection when its reader leaves", async () => {
    const url = await serving([FAULTS.honest, half("stalled")]);
    const file = await openRemote(url);
    const { signal } = new AbortController();
    for await (const bytes of readRemote(file!, 0, 300_000, { signal })) {
      expect(bytes.length).toBeGreaterThan(0);
      expect(server.open()).toBe(1);
      break;
    }
    expect(getEventListeners(signal, "abort")).toEqual([]);
    // afterEach sees that nothing is under way.
  });
});

describe("an abort", () => {
  const REASON = { because: "the user gave up" };

  /** Aborts at every call of `fetch`, `read` of a body, or timer, one after the other. */
  it.each<[string, () => Fault[], number?]>([
    ["honest", () => []],
    ["that stalls before the headers", () => [FAULTS["stalled before the headers"]]],
    ["that stalls in the body", () => [FAULTS.honest, half("stalled")]],
    ["that is busy", () => always(status(503, { "retry-after": "200" }))],
    ["that resets", () => [FAULTS.reset, FAULTS.honest, half("reset")]],
    ["that is asked once", () => [FAULTS.honest, half("stalled")], 0],
  ])("ends it with its reason, of a server %s", async (_, faults, retries = 3) => {
    for (const moment of ["before", "asked", "answered", "soon"] as const) {
      const abort = new AbortController();
      const url = await serving(faults());
      if (moment === "before") abort.abort(REASON);
      const spying: typeof fetch = async (...argv) => {
        if (moment === "asked") abort.abort(REASON);
        if (moment === "soon") setImmediate(() => setImmediate(() => abort.abort(REASON)));
        const response = await fetch(...argv);
        if (moment === "answered") abort.abort(REASON);
        return response;
      };
      if (moment === "answered" && faults()[0] === FAULTS["stalled before the headers"]) {
        await server.close();
        continue;
      }
      const options = { backoff: 1, retries, signal: abort.signal, fetch: spying };
      expect(await read(url, 0, 300_000, options).catch((caught) => caught)).toBe(REASON);
      expect(getEventListeners(abort.signal, "abort")).toEqual([]);
      expect([...clock.pending]).toEqual([]);
      await nothingIsOpen();
      if (moment !== "soon") await server.close();
    }
  });

  it("between two attempts ends the wait", async () => {
    const url = await serving(always(status(503, { "retry-after": "200" })));
    const abort = new AbortController();
    const reading = rejection(openRemote(url, { signal: abort.signal }));
    await until(() => [...clock.pending].some(({ wait }) => wait === 200_000));
    abort.abort(REASON);
    expect(await reading).toBe(REASON);
    expect(getEventListeners(abort.signal, "abort")).toEqual([]);
  });

  it("between two pieces closes the connection at once", async () => {
    const url = await serving([FAULTS.honest, half("stalled")]);
    const abort = new AbortController();
    const file = await openRemote(url);
    const pieces = readRemote(file!, 0, 300_000, { signal: abort.signal });
    await pieces.next();
    abort.abort(REASON);
    await nothingIsOpen();
    expect(await rejection(pieces.next())).toBe(REASON);
    expect(getEventListeners(abort.signal, "abort")).toEqual([]);
  });

  it("of a source's read ends that read, and no other", async () => {
    const url = await serving([FAULTS.honest, half("stalled")]);
    const source = await httpSource(url);
    const abort = new AbortController();
    const stalled = source.read(0, 300_000, abort.signal);
    await until(() => server.asked.length === 2);
    const other = source.read(5, 200_000);
    abort.abort(REASON);
    expect(await rejection(stalled)).toBe(REASON);
    expectBytes(await other, FILE.slice(5, 200_000));
  });
});

describe("httpSource", () => {
  const source = async (faults: readonly Fault[], options: HttpSourceOptions = {}) =>
    httpSource(await serving(faults), { ...QUICK, ...options });

  it("reads ranges, also several at once, and is named by its URL without the query", async () => {
    const opened = await source([]);
    expect([opened.name, opened.size]).toEqual([`${server.origin}/model.gguf`, 300_000]);
    const ranges = [0, 10, 70_000, 140_000].map((at) => [at, at + 70_000] as const);
    const read = await Promise.all(ranges.map(([begin, end]) => opened.read(begin, end)));
    for (const [i, [begin, end]] of ranges.entries()) expectBytes(read[i], FILE.slice(begin, end));
    expect(await refused(opened.read(0, 300_001))).toBeInstanceOf(ArgumentError);
  });

  it("reads small pieces ahead: a header is one request", async () => {
    const opened = await source([]);
    for (let at = 0; at < 60_000; at += 1000) {
      const bytes = await opened.read(at, at + 1000);
      expectBytes(bytes, FILE.slice(at, at + 1000));
      bytes.fill(0); // they are the caller's
    }
    expectBytes(await opened.read(0, 1000), FILE.slice(0, 1000));
    expect(server.asked).toHaveLength(2);
    expectBytes(await opened.read(299_990, 300_000), FILE.slice(299_990));
  });

  it("reads into memory that the caller has", async () => {
    await expectReadsInto(await source([]));
  });

  it("keeps the tail of a zip archive, but no range of megabytes", async () => {
    const opened = await source([]);
    const tail = FILE.length - 65_633; // checkpoint/zip/directory.ts
    for (const [begin, end] of [
      [tail, FILE.length],
      [tail, FILE.length],
      [tail + 65_000, FILE.length],
    ]) {
      expectBytes(await opened.read(begin, end), FILE.slice(begin, end));
    }
    expect(server.asked).toHaveLength(2);
    for (let i = 0; i < 2; i++) await opened.read(0, 2 ** 17 + 1);
    expect(server.asked).toHaveLength(4);
  });

  it("says that there is no such file", async () => {
    const error = await refused(source([FAULTS["404"]]));
    expect(error).toBeInstanceOf(SourceError);
    expect(error.got).toBe("404 Not Found");
  });

  it("refuses another size than expected", async () => {
    const error = await refused(source([], { size: 300_001, name: "model.gguf" }));
    expect(error).toBeInstanceOf(FormatError);
    expect(error).toMatchObject({ file: "model.gguf", expected: "300001 bytes", got: "300000" });
  });

  describe("of a server without ranges", () => {
    const whole = FAULTS["the whole file"];
    it("fetches the file once, across a break, and keeps it", async () => {
      const broken: Fault = (response, honest, request) =>
        half("reset")(response, { ...honest, body: honest.file }, request);
      const opened = await source([whole, broken, whole, ...always(FAULTS.reset)]);
      expect(server.asked).toHaveLength(3);
      expectBytes(await opened.read(10, 200_000), FILE.slice(10, 200_000));
      expect(server.asked).toHaveLength(3);
    });

    it("refuses one that ends early, for ever", async () => {
      const error = await refused(source([whole, ...always(half("ended"))]));
      expect(error.got).toContain("an end at byte 150000 (4 times)");
    });

    it("checks its hash", async () => {
      const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", FILE));
      const sha256 = Buffer.from(digest).toString("hex");
      const opened = await source([whole, whole], { sha256: sha256.toUpperCase() });
      expect(opened.size).toBe(300_000);
      await server.close();
      const wrong = "0".repeat(64);
      const error = await refused(source([whole, whole], { sha256: wrong }));
      expect(error).toMatchObject({ argument: "sha256", expected: wrong, got: sha256 });
    });

    it("refuses one that is too large to keep", async () => {
      const huge = withHeaders({ "content-range": undefined, "content-length": 100_000_001 });
      const error = await refused(
        source([
          (response, honest, request) => huge(response, { ...honest, status: 200 }, request),
        ]),
      );
      expect(error).toBeInstanceOf(UnsupportedError);
      expect(error.hint).toContain("download the file first");
      expect(server.asked).toHaveLength(1);
    });
  });

  it("refuses a range that no memory holds", async () => {
    const huge = withHeaders({ "content-range": `bytes 0-0/${2 ** 50}` });
    const opened = await source([huge]);
    expect(await refused(opened.read(0, 2 ** 50))).toBeInstanceOf(ArgumentError);
  });
});

describe("httpFolder", () => {
  it("finds files by name, encoded, with the query of its URL", async () => {
    await serving([FAULTS.honest, FAULTS["404"]]);
    const folder = httpFolder(`${server.origin}/a%20b?key=SECRET#part`, QUICK);
    expect(folder.name).toBe(`${server.origin}/a%20b/`);
    const source = await folder.open("c d#?%.json");
    expect(source?.name).toBe(`${server.origin}/a%20b/c%20d%23%3F%25.json`);
    expect(await folder.open("none")).toBeUndefined();
    expect(server.asked.map(({ url }) => url)).toEqual([
      "/a%20b/c%20d%23%3F%25.json?key=SECRET",
      "/a%20b/none?key=SECRET",
    ]);
  });

  it.each(["../x", "a/b", "", ".."])("does not leave the folder: %j", async (name) => {
    const folder = httpFolder(await serving([]));
    expect(await refused(folder.open(name))).toBeInstanceOf(ArgumentError);
    expect(server.asked).toEqual([]);
  });
});

describe("whatever happens", () => {
  it("come exactly the bytes asked for, or a typed error", async () => {
    const names = Object.keys(FAULTS) as FaultName[];
    const rare = names.filter((name) => name.startsWith("stalled"));
    const often = names.filter((name) => !rare.includes(name));
    // Half of all answers are as they should be, so that there is something to break.
    const fault = fc.oneof(
      { weight: 20, arbitrary: fc.constant("honest" as const) },
      { weight: 20, arbitrary: fc.constantFrom(...often) },
      { weight: 1, arbitrary: fc.constantFrom(...rare) },
    );
    const parameters = {
      file: fc.uint8Array({ minLength: 1, maxLength: 5000 }),
      faults: fc.array(fault, { maxLength: 8 }),
      cut: fc.tuple(fc.nat(), fc.nat()),
    };
    let current: { file: Uint8Array; faults: FaultName[]; first: number };
    const faults = { ...FAULTS, "stalled before the headers": silent };
    server = await serve((request, response, n) => {
      const name = current.faults[n - current.first] ?? "honest";
      faults[name](response, honestly(request, current.file), request);
    });
    const outcomes = { right: 0, error: 0 };
    const property = fc.asyncProperty(fc.record(parameters), async ({ file, faults, cut }) => {
      current = { file, faults, first: server.asked.length };
      const [begin, end] = cut.map((at) => at % (file.length + 1)).sort((a, b) => a - b);
      const options = { ...TIMED, backoff: 0, retries: 2 };
      try {
        const opened = await httpSource(`${server.origin}/x`, options);
        expectBytes(await opened.read(begin, end), file.slice(begin, end));
        // What the server said of the size when it was opened shows to be wrong with the first byte read.
        if (begin < end) expect(opened.size).toBe(file.length);
        outcomes.right++;
      } catch (error) {
        if (!(error instanceof GemmaError)) throw error;
        outcomes.error++;
      }
    });
    await fc.assert(property, { numRuns: RUNS / 2 });
    expect(Math.min(outcomes.right, outcomes.error)).toBeGreaterThan(RUNS / 20);
  });
});

describe("the timers", () => {
  it("are all set by timer.ts", () => {
    const files = readdirSync("src/source/http").filter((name) => name.endsWith(".ts"));
    const waiting = files.filter((name) =>
      /setTimeout|setInterval|timers|\btimeout\(/.test(
        readFileSync(`src/source/http/${name}`, "utf8"),
      ),
    );
    expect([files.length > 5, waiting]).toEqual([true, ["timer.ts"]]);
  });

  it("are seen here: of a silent connection, and before another attempt", async () => {
    clock.waits.length = 0;
    const url = await serving([status(503, { "retry-after": "0" })]);
    await openRemote(url, { ...TIMED, backoff: 0 });
    expect(clock.waits.filter((wait) => wait === STALL)).toHaveLength(2);
    expect(clock.waits).toContain(0);
  });
});

describe("a checkpoint on a server", () => {
  /** The same tensors, bit for bit. */
  async function expectSame(remote: Checkpoint, local: Checkpoint): Promise<void> {
    expect(remote.config).toEqual(local.config);
    expect([...remote.tensors.keys()]).toEqual([...local.tensors.keys()]);
    expect(remote.tensors.size).toBeGreaterThan(10);
    for (const [name, { dtype, shape, rows }] of local.tensors) {
      const tensor = remote.tensors.get(name)!;
      expect(tensor).toMatchObject({ dtype, shape });
      expectBytes(await tensor.rows(0, shape[0]), await rows(0, shape[0]));
    }
    await Promise.all([remote.close(), local.close()]);
  }

  async function servingFixture(folder: string, missing = FAULTS["404"]): Promise<void> {
    server = await serve((request, response) => {
      let file: Uint8Array;
      try {
        file = readFile(`fixtures/${folder}${request.url}`);
      } catch {
        return missing(response, honestly(request, FILE), request);
      }
      FAULTS.honest(response, honestly(request, file), request);
    });
  }

  it("is that on disk: a folder of Hugging Face", async () => {
    await servingFixture("tiny-stories-it");
    const remote = await openCheckpoint(httpFolder(`${server.origin}/`));
    const local = await openCheckpoint(fixtureFolder("tiny-stories-it"));
    expectBytes(remote.tokenizer!.bytes(), local.tokenizer!.bytes());
    await expectSame(remote, local);
  });

  const page = Buffer.from("<!doctype html><title>An app</title>");
  const pageByRange: Fault = (response, _, request) => {
    const honest = honestly(request, page);
    const headers = { ...honest.headers, "content-type": "text/html; charset=utf-8" };
    FAULTS.honest(response, { ...honest, headers }, request);
  };

  it.each<[string, Fault]>([
    ["whole", FAULTS["a login page"]],
    ["by range", pageByRange],
  ])("is that on disk, where an app's page comes for what there is not: %s", async (_, fault) => {
    await servingFixture("tiny-stories-it", fault);
    const local = await openCheckpoint(fixtureFolder("tiny-stories-it"));
    const url = `${server.origin}/`;
    await expectSame(await openCheckpoint(httpFolder(url)), local);
    const alone = await openTokenizer(httpFolder(url));
    const onDisk = await openTokenizer(fixtureFolder("tiny-stories-it"));
    expect(alone.encode("Once upon")).toEqual(onDisk.encode("Once upon"));
    const error = await refused(openCheckpoint(httpFolder(`${server.origin}/elsewhere/`)));
    expect(`${error}`).toContain("a web page");
  });

  it("is that on disk: a GGUF file", async () => {
    await servingFixture("gguf");
    const remote = await openCheckpoint(await httpSource(`${server.origin}/model.Q8_0.gguf`));
    const local = (await fixtureFolder("gguf").open("model.Q8_0.gguf")) as ByteSource;
    await expectSame(remote, await openCheckpoint(local));
  });
});
