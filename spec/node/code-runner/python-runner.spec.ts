/** Programs in Python by a model that does not mean well: spec/support/bad-programs.ts. */
import { execFileSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { beforeAll, describe, expect, it } from "vitest";
import { ArgumentError, SourceError } from "../../../src/errors.ts";
import type { CodeResult, CodeRunner } from "../../../src/evaluation/code/code-runner.ts";
import { runPrograms } from "../../../src/evaluation/code/pass-rate.ts";
import { runContained } from "../../../src/node/code-runner/contained-process.ts";
import { PYTHON_GUARD } from "../../../src/node/code-runner/python-guard.ts";
import { contained, pythonRunner } from "../../../src/node/code-runner/python-runner.ts";
import { badPrograms } from "../../support/bad-programs.ts";
import { RUNS } from "../../support/fuzz.ts";
import { startNode } from "../../support/program.ts";
import { scratchFolder } from "../../support/scratch.ts";

const scratch = scratchFolder("code-runner");
const outside = join(scratch, "outside");
mkdirSync(outside);
writeFileSync(join(outside, "kept"), "kept");

const python = ((): string | undefined => {
  try {
    const who = ["-c", "import sys; print(sys.executable)"];
    return execFileSync("python3", who, { encoding: "utf8" }).trim();
  } catch {
    return undefined;
  }
})();

const options = { confirmRunUnsafeCode: true, timeoutMs: 400 } as const;
const limits = { timeoutMs: 400, memoryBytes: 2 ** 28, fileBytes: 2 ** 20, outputBytes: 100 };

describe("a runner of Python", () => {
  it("is had with consent only", async () => {
    await expect(pythonRunner({} as never)).rejects.toThrow(ArgumentError);
    await expect(pythonRunner({ confirmRunUnsafeCode: false } as never)).rejects.toThrow(
      '"confirmRunUnsafeCode" expected true, got false',
    );
    await expect(pythonRunner({ ...options, timeoutMs: 0 })).rejects.toThrow(ArgumentError);
  });

  it("needs a Python", async () => {
    const command = join(scratch, "no-python");
    await expect(pythonRunner({ ...options, command })).rejects.toThrow(SourceError);
    const node = pythonRunner({ ...options, command: process.execPath });
    await expect(node).rejects.toThrow("a Python 3 that starts");
  });
});

describe.skipIf(python === undefined)("a program in Python", { concurrent: true }, () => {
  let runner: CodeRunner;
  beforeAll(async () => {
    runner = await pythonRunner({ ...options, timeoutMs: 20_000 });
  });
  const run = (program: string): Promise<CodeResult> => runner.run(program);

  it("passes when it comes to its end", async () => {
    const result = await run("print('seen')\nassert 1 + 1 == 2");
    expect(result).toMatchObject({ passed: true, outcome: "passed", stdout: "seen\n" });
  });

  it("fails with what it threw, and where", async () => {
    const { passed, outcome, error } = await run("def f(): return 1\n\nassert f() == 2, 'no'");
    expect({ passed, outcome, error }).toEqual({
      passed: false,
      outcome: "failed",
      error: "AssertionError: no (line 3)",
    });
    expect((await run("def f(:")).error).toBe("SyntaxError: invalid syntax (line 1)");
  });

  it("does not pass by ending early", async () => {
    expect((await run("import sys\nsys.exit(0)")).error).toBe("SystemExit: 0 (line 2)");
    expect((await run("import os\nos._exit(0)")).outcome).toBe("crashed");
    expect((await run("import os\nos.abort()")).error).toBe("ended by SIGABRT");
  });

  it("has what honest programs use: threads, an event loop, files of its own", async () => {
    const honest = [
      "import threading\nt = threading.Thread(target=print)\nt.start()\nt.join()",
      "import asyncio\nasync def f(): await asyncio.sleep(0); return 3\nassert asyncio.run(f()) == 3",
      "open('a', 'w').write('x')\nimport os\nos.rename('a', 'b')\nassert open('b').read() == 'x'",
      "import tempfile\nwith tempfile.TemporaryFile() as f: f.write(b'x')",
      "import math, re, heapq, random, collections, itertools, hashlib, datetime, uuid",
      "assert '__main__' != __name__",
      "import os\nassert os.listdir() == [] and 'SECRET' not in os.environ",
    ];
    process.env.SECRET = "secret";
    const { results, passAt } = await runPrograms(runner, honest, [1]);
    delete process.env.SECRET;
    expect(results.map(({ error }) => error)).toEqual(honest.map(() => undefined));
    expect(passAt.get(1)).toBe(1);
  });

  it("is run within limits of one's own", async () => {
    const own = { memoryBytes: 2 ** 27, fileBytes: 10, outputBytes: 4, timeoutMs: 20_000 };
    const [small, short] = await Promise.all([
      pythonRunner({ ...options, ...own }),
      pythonRunner({ ...options, timeoutMs: 100 }),
    ]);
    const [output, memory, file, time] = await Promise.all([
      small.run("print('12345')"),
      small.run("x = bytearray(2**27)"),
      small.run("with open('a', 'w') as f: f.write('x' * 11)"),
      short.run("import time\ntime.sleep(9)"),
    ]);
    expect(output.stdout).toBe("1234");
    expect(memory.error).toBe("MemoryError (line 1)");
    expect(file.error).toContain("File too large");
    expect(time.error).toMatch(/^still running after 0\.\d s$/);
    expect(small.description).toMatch(/^Python 3[.\d]+, 20 s, 128 MiB, held by /);
  });

  it("is ended by a signal, with its reason", async () => {
    const running = runner.run("while True: pass", { signal: AbortSignal.timeout(100) });
    await expect(running).rejects.toThrow("timeout");
    await expect(runner.run("", { timeoutMs: 5 } as never)).rejects.toThrow(ArgumentError);
  });

  it("leaves no folder behind", async () => {
    const { stdout } = await run("import os\nopen('a', 'w').write('x')\nprint(os.getcwd())");
    expect(stdout).toContain("gemma-code-");
    expect(existsSync(stdout.trim())).toBe(false);
  });
});

/** The guard, and the guard with one of its layers alone: each holds by itself. `npm run test:long` tries all. */
const GUARDS: Readonly<Record<string, string>> = {
  "the kernel and the hook": PYTHON_GUARD,
  "the kernel alone": PYTHON_GUARD.replace('attempt("audit hook", hook)\n', ""),
  "the hook alone": PYTHON_GUARD.replace("if libc:\n", "if False:\n").replace("elif os.", "if os."),
};
const isLong = RUNS > 500;
const bad = badPrograms(outside).filter(({ isFirst }) => isFirst || isLong);
const hasKernel = process.platform === "linux" && ["x64", "arm64"].includes(process.arch);

describe.skipIf(python === undefined)("a program is held", () => {
  for (const [holder, guard] of Object.entries(GUARDS)) {
    const isKernel = holder === "the kernel alone";
    const isSkipped = (isKernel && !hasKernel) || (!isLong && guard !== PYTHON_GUARD);
    describe.skipIf(isSkipped)(`by ${holder}`, { concurrent: true }, () => {
      it.each(bad)("$what", async ({ program, told }) => {
        const start = contained(python ?? "", program, limits, guard);
        const { result, guards } = await runContained("spec", start, limits);
        expect(guards.includes("audit hook")).toBe(!isKernel);
        if (hasKernel) expect(guards.includes("seccomp")).toBe(holder !== "the hook alone");
        expect(result.passed).toBe(false);
        if (told instanceof RegExp) expect(result.error).toMatch(told);
        else expect([result.outcome, result.error?.split(/[:\s]/)[0]]).toContain(told);
        expect(readdirSync(outside)).toEqual(["kept"]);
        expect(readFileSync(join(outside, "kept"), "utf8")).toBe("kept");
        expect(result.stdout.length).toBeLessThanOrEqual(limits.outputBytes);
      });
    });
  }
});

/** The whole runner, bundled, so that a user who may not read this folder can run it. */
const PROGRAM = `
  import { pythonRunner } from "./src/node/code-runner/python-runner.ts";
  const [programs, command] = process.argv.slice(2);
  const options = { confirmRunUnsafeCode: true, timeoutMs: 400, command };
  const runner = await pythonRunner(options);
  const all = JSON.parse(programs).map((program) => runner.run(program));
  console.log(JSON.stringify([process.getuid(), ...(await Promise.all(all)).map((r) => r.passed)]));
`;
const NOBODY = 65534;
const DEBIAN = "/usr/bin/python3";
const canBecomeNobody = process.getuid?.() === 0 && existsSync(DEBIAN);

describe.skipIf(!isLong || !canBecomeNobody)("an ordinary user", () => {
  it("has programs held, too", async () => {
    const stdin = { contents: PROGRAM, resolveDir: process.cwd(), loader: "ts" } as const;
    const outfile = join(scratch, "program.mjs");
    await build({ stdin, outfile, bundle: true, platform: "node", format: "esm" });
    chmodSync(scratch, 0o755);
    chmodSync(outside, 0o777);
    const programs = ["1", ...badPrograms(outside).map(({ program }) => program)];
    const argv = [outfile, JSON.stringify(programs), DEBIAN];
    const { ended, seen } = startNode(argv, {}, "/", NOBODY);
    expect(await ended, seen.err).toBe(0);
    const [uid, honest, ...others] = JSON.parse(seen.out);
    expect([uid, honest]).toEqual([NOBODY, true]);
    expect(others).toEqual(others.map(() => false));
    expect(readdirSync(outside)).toEqual(["kept"]);
    expect(readFileSync(join(outside, "kept"), "utf8")).toBe("kept");
  });
});
