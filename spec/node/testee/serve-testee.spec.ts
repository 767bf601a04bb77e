/** A testee in JavaScript that answers lines. The protocol's own rules are in conformance/protocol/serve.spec.ts. */
import { statSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { loadRequest } from "../../../src/conformance/protocol/messages.ts";
import type { Testee } from "../../../src/conformance/run/testee.ts";
import { serveTestee } from "../../../src/node/testee/serve-testee.ts";
import { checkpoint } from "../../support/goldens.ts";
import { fixture } from "../../support/paths.ts";

/** What is answered to these lines, cut into chunks anywhere. */
async function answers(testee: Partial<Testee>, text: string, chunk = 7): Promise<object[]> {
  const bytes = new TextEncoder().encode(text);
  async function* input() {
    for (let at = 0; at < bytes.length; at += chunk) yield bytes.slice(at, at + chunk);
  }
  const said: object[] = [];
  const write = (line: string) => void said.push(JSON.parse(line));
  const whole = { info: { name: "mine" }, reset: async () => {}, forward: async () => new Map() };
  await serveTestee({ load: async () => {}, ...whole, ...testee }, { input: input(), write });
  return said;
}

describe("serveTestee", () => {
  it("answers lines from its input until bye, and writes each answer as a line", async () => {
    let closed = 0;
    const close = async () => void closed++;
    const text =
      '{"seq":1,"do":"hello"}\n{"seq":2,"do":"reset"}\n{"seq":3,"do":"bye"}\n{"seq":4}\n';
    expect(await answers({ close }, text)).toEqual([{ seq: 1, name: "mine" }, { seq: 2 }]);
    expect(closed).toBe(1);
  });

  it("goes on after a line that is no request", async () => {
    const said = await answers({}, 'what?\n{"seq":2,"do":"reset"}');
    expect(said).toEqual([{ seq: null, error: 'expected a request, got "what?"' }, { seq: 2 }]);
  });

  it("opens the model's folder for load", async () => {
    const { config, tensors } = await checkpoint("mqa");
    const seen: unknown[] = [];
    const load: Testee["load"] = async (model) => {
      const [[name, source]] = model.tensors;
      seen.push(model.name, model.config, name, (await source.rows(0, 1)).length);
    };
    const request = loadRequest({ name: "m", config, tensors }, fixture("mqa"));
    expect(await answers({ load }, JSON.stringify({ seq: 1, ...request }))).toEqual([{ seq: 1 }]);
    expect(seen.slice(0, 2)).toEqual(["m", config]);
    expect(tensors.has(seen[2] as string)).toBe(true);
    expect(seen[3]).toBeGreaterThan(0);
    const nowhere = { ...request, path: fixture("none") };
    const [{ error }] = (await answers({}, JSON.stringify({ seq: 1, ...nowhere }))) as {
      error: string;
    }[];
    expect(error).toContain("no such file or folder");
  });

  it("reads the tokenizers of hello and tokenizer", async () => {
    const sizes: number[] = [];
    const loadTokenizer: Testee["loadTokenizer"] = async (_, model) =>
      void sizes.push(model.length);
    const [first, second] = ["tiny-stories", "conformance"].map((name) =>
      fixture(`${name}/tokenizer.model`),
    );
    const hello = JSON.stringify({ seq: 1, do: "hello", tokenizer: first });
    const other = JSON.stringify({ seq: 2, do: "tokenizer", path: second });
    const said = await answers({ loadTokenizer }, `${hello}\n${other}\n`);
    expect(said).toEqual([{ seq: 1, name: "mine" }, { seq: 2 }]);
    expect(sizes).toEqual([first, second].map((path) => statSync(path).size));
  });

  it("refuses what is no testee", async () => {
    // biome-ignore lint/suspicious/noExplicitAny: the compiler is what these callers do without
    await expect(serveTestee({} as any)).rejects.toThrow('serveTestee: "testee" expected a Testee');
  });
});
