/** Programs in JavaScript by a model that does not mean well. */
import { describe, expect, it } from "vitest";
import { ArgumentError } from "../../../src/errors.ts";
import { javascriptRunner } from "../../../src/node/code-runner/javascript-runner.ts";

const options = { confirmRunUnsafeCode: true, timeoutMs: 400 } as const;
const runner = await javascriptRunner(options);

const ASSERT = 'const assert = require("node:assert");';

describe("a program in JavaScript", { concurrent: true }, () => {
  it("is run with consent only", async () => {
    await expect(javascriptRunner({} as never)).rejects.toThrow(ArgumentError);
  });

  it("passes when its tests do", async () => {
    const program = `function twice(a) { return a.map((x) => x * 2); }
      ${ASSERT}
      function test() {
        const candidate = twice;
        assert.deepEqual(candidate([1, 2]), [2, 4]);
        assert.deepStrictEqual(new Map([[1, { a: NaN }]]), new Map([[1, { a: NaN }]]));
        assert.throws(() => candidate(1), TypeError);
        assert.notDeepEqual({ a: [1] }, { a: [1, 2] });
      }
      test();
      console.log("seen", [1]);`;
    const { outcome, stdout } = await runner.run(program);
    expect([outcome, stdout]).toEqual(["passed", "seen [1]\n"]);
  });

  it("fails with what it threw, and where, also later", async () => {
    const unequal = await runner.run(`${ASSERT}\nassert.deepEqual([1], [2])`);
    expect(unequal.error).toBe("AssertionError: deepEqual: [1], [2] (line 2)");
    const later = await runner.run(`${ASSERT} (async () => { await 0; assert(false, "late"); })()`);
    expect(later.error).toBe("AssertionError: late (line 1)");
    expect((await runner.run("throw null")).error).toBe("null");
    expect((await runner.run("function (")).outcome).toBe("failed");
  });

  it.each<[what: string, program: string, told: string]>([
    ["an endless loop", "for (;;);", "timed out"],
    ["endless promises", "(async () => { for (;;) await 0; })()", "timed out"],
    ["4 GB of memory", "new Uint8Array(4 * 2 ** 30 - 1000).fill(1)", "RangeError"],
    ["a file", 'require("fs").writeFileSync("x", "x")', "Cannot find module 'fs'"],
    ["a module", 'import("node:fs").then((fs) => fs.writeFileSync("x", "x"))', "import"],
    ["the process", "process.exit(0)", "process is not defined"],
    ["the process, by a constructor", 'console.log.constructor("return process")()', "not defined"],
    [
      "the process, by globalThis",
      'this.constructor.constructor("return process")()',
      "not defined",
    ],
    ["the network", 'fetch("http://127.0.0.1")', "fetch is not defined"],
    ["a timer", "setTimeout(() => {}, 0)", "setTimeout is not defined"],
  ])("does not get: %s", async (_what, program, told) => {
    const { passed, outcome, error } = await runner.run(program);
    expect(passed).toBe(false);
    expect(`${outcome}: ${error}`).toContain(told);
  });
});
