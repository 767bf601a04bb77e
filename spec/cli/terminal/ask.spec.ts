import { PassThrough } from "node:stream";
import { describe, expect, it } from "vitest";
import { terminalLines } from "../../../src/cli/terminal/ask.ts";

function terminal() {
  const input = new PassThrough();
  const output = new PassThrough();
  const interrupt = new AbortController();
  const ask = terminalLines(input, output, interrupt);
  return { input, output, ask, interrupt };
}

describe("terminalLines", () => {
  it("asks for a line", async () => {
    const { input, output, ask } = terminal();
    const line = ask("> ");
    input.write("Mira\n");
    expect(await line).toBe("Mira");
    expect(String(output.read())).toContain("> ");
  });

  it("gives pasted lines as one, and keeps the last to be ended", async () => {
    const { input, ask } = terminal();
    const pasted = ask("> ");
    input.write("one\n\ntwo\nthr");
    expect(await pasted).toBe("one\n\ntwo");
    const rest = ask("> ");
    input.write("ee\n");
    expect(await rest).toBe("three");
  });

  it("remembers what was asked before", async () => {
    const { input, ask } = terminal();
    for (const text of ["first\n", "second\n"]) {
      const line = ask("> ");
      input.write(text);
      await line;
    }
    const again = ask("> ");
    input.write("\x1b[A\x1b[A\n"); // arrow up, twice
    expect(await again).toBe("first");
  });

  it("ends at Ctrl-D, and at Ctrl-C says so", async () => {
    for (const [key, expected] of [
      ["\x04", false],
      ["\x03", true],
    ] as const) {
      const { input, ask, interrupt } = terminal();
      const line = ask("> ");
      input.write(key);
      expect([await line, interrupt.signal.aborted]).toEqual([undefined, expected]);
    }
  });

  it("ends when it is interrupted from outside, before or at the prompt", async () => {
    const { input, ask, interrupt } = terminal();
    const line = ask("> ");
    input.write("half a li");
    interrupt.abort();
    expect([await line, await ask("> ")]).toEqual([undefined, undefined]);
  });

  it("ends with a terminal that is closed, and cannot be reset", async () => {
    const { input, ask } = terminal();
    const setRawMode = (raw: boolean) => raw || input.emit("error", new Error("setRawMode EIO"));
    const line = ask("> ");
    Object.assign(input, { setRawMode });
    input.end();
    expect(await line).toBeUndefined();
  });
});
