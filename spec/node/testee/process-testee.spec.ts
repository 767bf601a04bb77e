/** Testees that are processes, and behave. */
import { existsSync, mkdtempSync, readFileSync, realpathSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { openHfFolder } from "../../../src/checkpoint/safetensors/open.ts";
import type { TesteeError } from "../../../src/conformance/protocol/testee-error.ts";
import { NANO_MODELS, seededTensors } from "../../../src/conformance/vectors/nano.ts";
import type { SuiteModel } from "../../../src/conformance/vectors/suite.ts";
import { ArgumentError } from "../../../src/errors.ts";
import { toHfConfig } from "../../../src/hf-config.ts";
import { conformanceSuitePath } from "../../../src/node/conformance-suite.ts";
import { openFolder } from "../../../src/node/folder.ts";
import {
  type ProcessTesteeOptions,
  processTestee,
} from "../../../src/node/testee/process-testee.ts";
import { storedFromBytes, widenRow } from "../../../src/tensor/stored.ts";
import { tensor } from "../../../src/tensor/tensor.ts";
import { turnsUntil } from "../../support/processes.ts";
import { scratchFolder } from "../../support/scratch.ts";

const ECHO = fileURLToPath(new URL("../../support/echo-testee.mjs", import.meta.url));
const scratch = scratchFolder("process-testee");
const [mqa, mha] = NANO_MODELS.map(
  ({ name, config, tensors }): SuiteModel => ({ name, config, tensors: seededTensors(tensors) }),
);

// biome-ignore lint/suspicious/noExplicitAny: whatever it was asked
type Heard = any;

/** The testee that repeats what it hears, and what it has heard. */
async function echo(options: ProcessTesteeOptions = {}, ...args: readonly string[]) {
  const heard: Heard[] = [];
  const onLog = (line: string) => heard.push(JSON.parse(line));
  const testee = await processTestee(process.execPath, [ECHO, ...args], { onLog, ...options });
  /** What it was asked since, when it has heard of `count` more things. */
  const next = async (count: number): Promise<Heard[]> => {
    await turnsUntil(() => heard.length >= count);
    return heard.splice(0);
  };
  return { testee, next };
}

/** The numbers of a checkpoint's tensors. */
async function numbersOf({ tensors }: Pick<SuiteModel, "tensors">): Promise<Map<string, number[]>> {
  const found = new Map<string, number[]>();
  for (const [name, source] of tensors) {
    const { dtype, shape } = source;
    if (!dtype) throw new Error(`${name} has no dtype`);
    const flat = [1, shape.reduce((a, b) => a * b)];
    const row = new Float64Array(flat[1]);
    widenRow(storedFromBytes(await source.rows(0, shape[0]), dtype, flat), 0, row);
    found.set(name, Array.from(row));
  }
  return found;
}

describe.concurrent("a testee that is a process", () => {
  it("is started with what was said, and says who it is", async () => {
    const cwd = realpathSync(mkdtempSync(join(scratch, "cwd-")));
    const env = { ...process.env, ECHO_TESTEE: "set" };
    const { testee, next } = await echo({ cwd, env, suite: "2026.11", tokenizer: "/t.model" });
    expect(await next(2)).toEqual([
      { cwd, variable: "set" },
      { do: "hello", protocol: 1, suite: "2026.11", tokenizer: "/t.model" },
    ]);
    const info = { name: "echo", version: "1", accuracy: "float16", device: "paper" };
    expect(testee.info).toEqual(info);
    await testee.close?.();
    expect(await next(1)).toEqual([{ do: "bye" }]);
  });

  it("is told of the tokenizer of the suite, and of no suite, unless one is named", async () => {
    const { testee, next } = await echo();
    const tokenizer = join(conformanceSuitePath(), "tokenizer.model");
    expect((await next(2))[1]).toEqual({ do: "hello", protocol: 1, tokenizer });
    await testee.close?.();
  });

  it("gets requests in the order of calls, and gives their answers", async () => {
    const { testee, next } = await echo();
    await next(2);
    const x = tensor(Float32Array.of(1, 2), [1, 2]);
    const said = await Promise.all([
      testee.load(mqa),
      testee.forward({ ids: [2, 3], pos: 5 }, ["logits", "embed.hook_lookup"]),
      testee.reset(),
      testee.op?.({ op: "add", attrs: { a: 0.1 }, inputs: new Map([["x", x]]) }),
      testee.encode?.("four"),
      testee.decode?.([4, 5]),
      testee.encodeChat?.([{ role: "user", content: "Hi" }]),
    ]);
    expect(said[1].get("logits")?.shape).toEqual([2, mqa.config.vocabSize]);
    expect([...said[1].keys()]).toEqual(["logits", "embed.hook_lookup"]);
    expect(said[3]?.get("out")?.data).toEqual(x.data);
    expect(said.slice(4)).toEqual([[4], "4+5", [2]]);
    const [load, forward, ...rest] = await next(7);
    expect(load.config).toEqual(toHfConfig(mqa.config, "float32"));
    const golden = ["logits", "embed.lookup"];
    expect(forward).toEqual({
      do: "forward",
      ids: [2, 3],
      pos: 5,
      taps: ["logits", "embed.hook_lookup"],
      golden,
    });
    expect(rest.map(({ do: what }) => what)).toEqual(["reset", "op", "encode", "decode", "chat"]);
    expect(rest[1]).toMatchObject({ op: "add", attrs: { a: 0.1 }, taps: ["out"] });
    await testee.close?.();
  });

  it.each([undefined, "float16", "bfloat16"])(
    "finds the model on disk, in the type that it wants: %s",
    async (type) => {
      const { testee, next } = await echo({}, ...(type ? [type] : []));
      await next(2);
      await testee.load(mqa);
      await testee.load(mha);
      await testee.load(mqa);
      const loads = await next(3);
      const paths = loads.map(({ path }) => path);
      expect(paths[2]).toBe(paths[0]);
      expect(paths[1]).not.toBe(paths[0]);
      expect(loads[0].config.torch_dtype).toBe(type ?? "float32");
      for (const [i, model] of [mqa, mha].entries()) {
        const checkpoint = await openHfFolder(openFolder(paths[i]));
        expect(checkpoint.config).toEqual(model.config);
        expect([...checkpoint.tensors.values()][0].dtype).toBe(type ?? "float32");
        expect(await numbersOf(checkpoint)).toEqual(await numbersOf(model));
        await checkpoint.close();
      }
      await testee.close?.();
      expect(paths.filter((path) => existsSync(path))).toEqual([]);
    },
  );

  it("is told of a tokenizer by its path, of its own only to go back to it, and again after an error", async () => {
    const { testee, next } = await echo();
    await next(2);
    const own = new Uint8Array(readFileSync(join(conformanceSuitePath(), "tokenizer.model")));
    const other = Uint8Array.of(1, 2, 3);
    await testee.loadTokenizer?.("bundled", own);
    await testee.loadTokenizer?.("other", other);
    expect(await testee.answer?.([4, 5])).toBe("4");
    const [{ do: what, path }] = await next(2);
    expect([what, ...readFileSync(path)]).toEqual(["tokenizer", 1, 2, 3]);
    await expect(testee.encode?.("")).rejects.toThrow("exit code 1");
    expect(await testee.encode?.("a")).toEqual([1]);
    const asked = (await next(5)).map((heard) => heard.path ?? heard.do).filter(Boolean);
    expect(asked).toEqual(["encode", "hello", path, "encode"]);
    await testee.loadTokenizer?.("bundled", own);
    expect((await next(1))[0].path).toBe(join(conformanceSuitePath(), "tokenizer.model"));
    await testee.close?.();
    expect(existsSync(path)).toBe(false);
  });

  it("may have one tokenizer alone, and is asked about that", async () => {
    const { testee } = await echo({}, "float32", "one");
    const own = new Uint8Array(readFileSync(join(conformanceSuitePath(), "tokenizer.model")));
    const refused = testee.loadTokenizer?.("other", Uint8Array.of(1));
    await expect(refused).rejects.toThrow("tokenizer: one is enough");
    await testee.loadTokenizer?.("bundled", own);
    expect(await testee.encode?.("four")).toEqual([4]);
    await testee.close?.();
  });

  it("finds a model that lies on disk where it lies", async () => {
    const { testee, next } = await echo();
    await next(2);
    await testee.load({ ...mqa, path: "/models/gemma-2b" });
    expect((await next(1))[0]).toMatchObject({ model: "mqa", path: "/models/gemma-2b" });
    await testee.close?.();
  });

  it("has the model again after an error, from the next reset on", async () => {
    const { testee, next } = await echo();
    await testee.load(mqa);
    await next(3);
    const crash = testee.forward({ ids: [13], pos: 0 }, ["logits"]);
    const error = (await crash.catch((caught) => caught)) as TesteeError;
    expect(error.message).toContain("exit code 13");
    await expect(testee.forward({ ids: [1], pos: 0 }, [])).rejects.toThrow(
      'forward: "model" expected a model that is loaded, got none; call load first, and reset after an error',
    );
    await testee.reset();
    await testee.forward({ ids: [1, 2], pos: 7 }, ["logits"]);
    const heard = (await next(5)).map(({ do: what, path }) => what ?? path);
    expect(heard.filter(Boolean)).toEqual(["forward", "hello", "load", "forward"]);
    await testee.close?.();
  });

  it("is refused positions that were not reached, before it is asked", async () => {
    const { testee } = await echo();
    await testee.load(mqa);
    await testee.forward({ ids: [2, 3, 4], pos: 10 }, []);
    for (const pos of [9, 14]) {
      await expect(testee.forward({ ids: [2], pos }, [])).rejects.toThrow(
        `forward: "pos" expected a position from 10 to 13, got ${pos}`,
      );
    }
    await testee.forward({ ids: [2], pos: 11 }, []);
    await expect(testee.forward({ ids: [2], pos: 13 }, [])).rejects.toThrow(ArgumentError);
    await testee.reset();
    await testee.forward({ ids: [2], pos: 0 }, []);
    await testee.close?.();
  });

  it("does nothing any more when it is closed", async () => {
    const { testee } = await echo();
    await testee.close?.();
    await testee.close?.();
    await expect(testee.reset()).rejects.toThrow('reset: "testee" expected a testee in use');
  });
});

it("what is no command or no time is refused", async () => {
  const refused = (...args: unknown[]) =>
    // biome-ignore lint/suspicious/noExplicitAny: the compiler is what these callers do without
    (processTestee as any)(...args).catch((error: Error) => error.message);
  expect(await refused("")).toBe('processTestee: "command" expected a program, got ""');
  expect(await refused("node", "-e")).toBe(
    'processTestee: "args" expected a list of strings, got "-e"',
  );
  expect(await refused("node", [], { timeoutMs: 0 })).toContain(
    '"timeoutMs" expected an integer from 1',
  );
  expect(await refused("node", [], { startTimeoutMs: 1e10 })).toContain(
    '"startTimeoutMs" expected',
  );
  expect(await refused("node", [], { restarts: -1 })).toContain('"restarts" expected an integer');
});
