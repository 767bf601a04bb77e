/** Testees that behave badly: a clear error for the vector, a new process for the next, and nothing left behind. */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import type { TesteeError } from "../../../src/conformance/protocol/testee-error.ts";
import type { Outputs, Testee } from "../../../src/conformance/run/testee.ts";
import type { OpName } from "../../../src/conformance/vectors/vector.ts";
import { UnsupportedError } from "../../../src/errors.ts";
import {
  type ProcessTesteeOptions,
  processTestee,
} from "../../../src/node/testee/process-testee.ts";
import { tensor } from "../../../src/tensor/tensor.ts";
import { isGone, nextTurn, turnsUntil } from "../../support/processes.ts";
import { scratchFolder } from "../../support/scratch.ts";

const BAD = fileURLToPath(new URL("../../support/bad-testee.mjs", import.meta.url));
const scratch = scratchFolder("bad-testees");

/** A bad testee, its log, and the processes that it says it has. */
function bad(options: ProcessTesteeOptions = {}, ...args: readonly string[]) {
  const log: string[] = [];
  const onLog = (line: string) => log.push(line);
  const started = processTestee(process.execPath, [BAD, ...args], { onLog, ...options });
  const pids = () => log.flatMap((line) => line.match(/(?<=^process )\d+$/g) ?? []).map(Number);
  return { started, log, pids };
}

/** Adds [1, 2] to itself, or lets the testee do what is called `way`. */
async function add(testee: Testee, way = "add"): Promise<Outputs> {
  const x = tensor(Float32Array.of(1, 2), [1, 2]);
  const inputs = new Map(["x", "y"].map((name) => [name, x] as const));
  return (await testee.op?.({ op: way as OpName, attrs: {}, inputs })) as Outputs;
}
const sum = async (...args: Parameters<typeof add>) =>
  Array.from((await add(...args)).get("out")?.data ?? []);
const failure = async (work: Promise<unknown>) =>
  (await work.then(
    () => expect.fail("no error"),
    (error) => error,
  )) as TesteeError;

afterEach(() => {
  vi.useRealTimers();
});

describe("a testee that", () => {
  const { started, log, pids } = bad({ restarts: 20 });
  let testee: Testee;
  beforeAll(async () => {
    testee = await started;
  });
  afterAll(async () => {
    await testee.close?.();
    expect(pids().length).toBeGreaterThan(5);
    await turnsUntil(() => pids().every(isGone));
  });

  it.each<[way: string, kind: TesteeError["kind"], message: RegExp]>([
    ["writes no JSON", "answer", /^op: expected a JSON object, got "let me think"; one JSON/],
    ["writes another kind of JSON", "answer", /^op: expected a JSON object, got "\[1,2\]"/],
    [
      "answers another request",
      "answer",
      /^op: "seq" expected \d+, got \d+; an answer has the seq/,
    ],
    [
      "answers nothing",
      "answer",
      /^op: "taps" expected an object, with arrays by name, got nothing/,
    ],
    [
      "answers in another shape",
      "answer",
      /^op: "taps.out.data" expected 2 numbers, \[1, 2\], got \[3, 1\]/,
    ],
    [
      "answers too few numbers",
      "answer",
      /^op: "taps.out.data" expected 2 numbers, \[1, 2\], got 1 numbers/,
    ],
    ["says that it failed", "refused", /^op: the testee says: no kernel image/],
    [
      "crashes",
      "end",
      /the end of its process \(exit code 101\); it said: .* \| thread 'main' panicked/,
    ],
    ["is killed", "end", /^op: expected an answer, got the end of its process \(SIGKILL\)/],
    ["closes its stdout", "end", /^op: expected an answer, got the end of its stdout/],
    ["writes without a newline", "answer", /^op: expected a line of at most \d+ bytes, got more/],
    ["writes lines without end", "answer", /^op: expected a JSON object, got "x"/],
    ["answers twice", "answer", /^op: expected no further line, got ".*"; nobody asked for it/],
  ])("%s: %s", async (way, kind, message) => {
    const error = await failure(add(testee, way));
    expect([error.name, error.kind, error.op]).toEqual(["TesteeError", kind, "op"]);
    expect(error.message).toMatch(message);
    expect(error.log.every((line) => log.includes(line))).toBe(true);
    expect(await sum(testee)).toEqual([2, 4]);
  });

  it.each<[way: string, wanted: readonly number[]]>([
    ["answers in pieces", [2, 4]],
    ["talks all the time", [2, 4]],
    ["answers NaN", [Number.NaN, 2]],
  ])("%s, is understood", async (way, wanted) => {
    expect(await sum(testee, way)).toEqual(wanted);
    expect(await sum(testee)).toEqual([2, 4]);
  });

  it("does not do this, is unsupported, and says why", async () => {
    const error = await failure(add(testee, "does not do this"));
    expect(error).toBeInstanceOf(UnsupportedError);
    expect(error.message).toBe("op: no float32 on this chip");
  });

  it("ends after its answer, is found out by the next request", async () => {
    expect((await add(testee, "answers, and ends")).has("out")).toBe(true);
    await turnsUntil(() => pids().every(isGone));
    expect((await failure(add(testee))).message).toContain("end of its process (exit code 0)");
    expect(await sum(testee)).toEqual([2, 4]);
  });

  it("answers again later, is found out by the next request", async () => {
    expect((await add(testee, "answers again later")).has("out")).toBe(true);
    // What it says of itself comes by another way than its answer, and perhaps later.
    const alive = () => pids().findLast((pid) => !isGone(pid));
    await turnsUntil(() => alive() !== undefined);
    const pid = alive() as number;
    process.kill(pid, "SIGUSR2");
    await turnsUntil(() => isGone(pid)); // it is killed for what nobody asked for
    const error = await failure(add(testee));
    expect([error.kind, error.op]).toEqual(["answer", "op"]);
    expect(await sum(testee)).toEqual([2, 4]);
  });
});

describe.concurrent("a testee that does not start", () => {
  it.each<[way: string, kind: TesteeError["kind"], message: RegExp]>([
    [
      "ends at once",
      "end",
      /exit code 3\); it said: process \d+ \| loading \| cannot find the weights$/,
    ],
    ["greets people", "answer", /^hello: expected a JSON object, got "Loading model..."; one JSON/],
  ])("because it %s: %s", async (way, kind, message) => {
    const { started, pids } = bad({}, way);
    const error = await failure(started);
    expect([error.kind, error.op]).toEqual([kind, "hello"]);
    expect(error.message).toMatch(message);
    await turnsUntil(() => pids().length === 1 && pids().every(isGone));
  });

  it("because there is no such program, or it is none", async () => {
    const missing = await failure(processTestee("./no-such-engine"));
    expect([missing.kind, missing.op]).toEqual(["start", "hello"]);
    expect(missing.message).toBe(
      'hello: "./no-such-engine" expected a command that starts, got ENOENT; there is no such command, or no such working directory',
    );
    const folder = await failure(processTestee(scratch));
    expect(folder.message).toContain("got EACCES; it may not be run: chmod +x");
    const nowhere = await failure(processTestee("node", [], { cwd: join(scratch, "gone") }));
    expect(nowhere.kind).toBe("start");
  });

  it("again, after a crash, is an error of the vector that wanted it, and not tried for ever", async () => {
    const state = join(scratch, "again");
    const { started, pids } = bad({ restarts: 2 }, "ends when started again", state);
    const testee = await started;
    expect((await failure(add(testee, "crashes"))).message).toContain("exit code 101");
    for (let i = 0; i < 2; i++) {
      const again = await failure(add(testee));
      expect(again.message).toMatch(/^hello: expected an answer, got .* \(exit code 4\)/);
    }
    const last = await failure(add(testee));
    expect(last.kind).toBe("start");
    expect(last.message).toBe(
      "op: expected a testee that fails 2 times at most, got one more failure; it is not started again",
    );
    await testee.close?.();
    await turnsUntil(() => pids().length >= 3); // they say so by another way than their answers
    expect(pids().length).toBe(3);
  });
});

describe("a testee that keeps silent", () => {
  /** Real processes, and time that passes when we say so. */
  const stopTime = () => vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });

  it("is waited for as long as was said, and killed", async () => {
    stopTime();
    const { started, log, pids } = bad({ timeoutMs: 5000 });
    const testee = await started;
    const work = failure(add(testee, "keeps silent"));
    await turnsUntil(() => log.includes("thinking"));
    vi.advanceTimersByTime(4999);
    await nextTurn();
    expect(pids().some(isGone)).toBe(false);
    vi.advanceTimersByTime(1);
    const error = await work;
    expect(error.kind).toBe("silence");
    expect(error.message).toMatch(
      /^op: expected an answer within 5 s, got none; it said: .* \| thinking$/,
    );
    await turnsUntil(() => pids().every(isGone));
    expect(await sum(testee)).toEqual([2, 4]);
    await testee.close?.();
  });

  it("at its start is waited for as long as was said for that", async () => {
    stopTime();
    const { started, pids } = bad({ timeoutMs: 1, startTimeoutMs: 7000 }, "says nothing");
    const failed = failure(started);
    await turnsUntil(() => pids().length === 1);
    vi.advanceTimersByTime(6999);
    await nextTurn();
    expect(pids().some(isGone)).toBe(false);
    vi.advanceTimersByTime(1);
    expect((await failed).message).toContain("hello: expected an answer within 7 s, got none");
    await turnsUntil(() => pids().every(isGone));
  });

  it("when it is told to end is killed after a while", async () => {
    const { started, pids } = bad({}, "ignores its end");
    const testee = await started;
    stopTime();
    const closed = testee.close?.();
    await nextTurn();
    expect(pids().some(isGone)).toBe(false);
    vi.advanceTimersByTime(2000);
    await closed;
    expect(pids().every(isGone)).toBe(true);
  });
});

describe.concurrent("nothing is left behind", () => {
  it.each<[end: string, end: (testee: Testee) => Promise<unknown>]>([
    ["at its end", async (testee) => testee.close?.()],
    ["when it is killed", (testee) => failure(add(testee, "writes no JSON"))],
  ])("of a testee that starts processes, which hold its output open: %s", async (_, end) => {
    const { started, pids } = bad({}, "starts others");
    const testee = await started;
    await turnsUntil(() => pids().length === 2);
    await end(testee);
    await turnsUntil(() => pids().every(isGone));
    await testee.close?.();
  });

  it("after an abort, whose reason is the error of what was under way and of all that comes", async () => {
    const controller = new AbortController();
    const { started, log, pids } = bad({ signal: controller.signal });
    const testee = await started;
    const work = failure(add(testee, "keeps silent"));
    await turnsUntil(() => log.includes("thinking"));
    const reason = new Error("enough");
    controller.abort(reason);
    expect(await work).toBe(reason);
    expect(await failure(add(testee))).toBe(reason);
    await turnsUntil(() => pids().every(isGone));
    await testee.close?.();
    expect(pids().length).toBe(1);
  });

  it("after an abort while it starts, and before", async () => {
    const controller = new AbortController();
    const { started, pids } = bad({ signal: controller.signal }, "says nothing");
    const failed = failure(started);
    await turnsUntil(() => pids().length === 1);
    controller.abort(new Error("enough"));
    expect((await failed).message).toBe("enough");
    await turnsUntil(() => pids().every(isGone));
    const aborted = processTestee("node", [], { signal: AbortSignal.abort(new Error("before")) });
    await expect(aborted).rejects.toThrow("before");
  });
});
