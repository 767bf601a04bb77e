/** The program as a process: what `run` cannot see. */
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { fixture } from "../support/paths.ts";

const MAIN = fileURLToPath(new URL("../../src/cli/main.ts", import.meta.url));

function start(argv: readonly string[]) {
  const child = spawn(process.execPath, ["--import", "tsx", MAIN, ...argv]);
  const ended = new Promise<number | null>((resolve) => child.on("close", resolve));
  const seen = { out: "", err: "" };
  child.stdout.on("data", (data) => {
    seen.out += data;
  });
  child.stderr.on("data", (data) => {
    seen.err += data;
  });
  return { child, ended, seen };
}

describe.concurrent("the process", () => {
  it("ends with the exit code of the command", async () => {
    const done = start(["tokenize", "--json", "Mira"]);
    const wrong = start(["frobnicate"]);
    expect([await done.ended, await wrong.ended]).toEqual([0, 2]);
    expect(done.seen).toEqual({ out: '{"ids":[910],"pieces":["Mira"]}\n', err: "" });
    expect(wrong.seen.err).toContain("unknown command");
  });

  it("at Ctrl-C says what it has and exits with 130", async () => {
    // Random weights and a long context: it would go on for a while.
    const argv = ["generate", "--json", "--model", fixture("mqa"), "--ids", "2,7"];
    const { child, ended, seen } = start([...argv, "--temperature", "1"]);
    child.stdout.once("data", () => child.kill("SIGINT"));
    expect(await ended).toBe(130);
    expect(JSON.parse(seen.out.trimEnd().split("\n").at(-1) ?? "").finishReason).toBe("abort");
  });

  it("at Ctrl-C stops waiting for stdin", async () => {
    const { child, ended, seen } = start(["tokenize", "--json"]);
    child.stdin.write('{"text":"Mira"}\n');
    child.stdout.once("data", () => child.kill("SIGINT"));
    expect(await ended).toBe(130);
    expect(seen).toEqual({ out: '{"ids":[910],"pieces":["Mira"]}\n', err: "" });
  });

  it("ends without a word when the reader of its output leaves", async () => {
    const { child, ended, seen } = start(["tokenize", "--json"]);
    child.stdout.destroy();
    child.stdin.on("error", () => {});
    child.stdin.end('{"text":"Mira"}\n'.repeat(10_000));
    expect(await ended).toBe(0);
    expect(seen.err).toBe("");
  });
});
