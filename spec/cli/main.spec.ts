/** The program as a process: what `run` cannot see. */
import {
  copyFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { safetensorsFile } from "../support/files/safetensors-file.ts";
import { fixture } from "../support/paths.ts";
import { buildProgram, type Running, startNode } from "../support/program.ts";
import { scratchFolder } from "../support/scratch.ts";

let program: string;
const scratch = scratchFolder("main");
beforeAll(async () => {
  program = await buildProgram(scratch);
});

const start = (argv: readonly string[]): Running => startNode([program, ...argv]);

describe.concurrent("the process", () => {
  it("ends with the exit code of the command", async () => {
    const done = start(["tokenize", "--json", "Mira"]);
    const wrong = start(["frobnicate"]);
    expect([await done.ended, await wrong.ended]).toEqual([0, 2]);
    expect(done.seen).toEqual({ out: '{"ids":[910],"pieces":["Mira"]}\n', err: "" });
    expect(wrong.seen.err).toContain("unknown command");
  });

  it("at Ctrl-C says what it has and exits with 130", async () => {
    const argv = ["generate", "--json", "--model", talkative(), "--ids", "2,7"];
    const { child, ended, seen } = start([
      ...argv,
      "--temperature",
      "1",
      "--max-tokens",
      "90000",
      "--ignore-eos",
    ]);
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

  it.skipIf(process.platform === "win32").each([
    ["SIGTERM", 143, "model"],
    ["SIGHUP", 129, "model.npz"],
  ] as const)("at %s cleans up and exits with %i", async (signal, code, out) => {
    const folder = mkdtempSync(join(scratch, "out-"));
    const { child, ended, seen } = start(["convert", large(), join(folder, out), "--type", "F32"]);
    await vi.waitFor(() => expect(readdirSync(folder)).not.toEqual([]), { timeout: 30_000 });
    child.kill(signal);
    expect([await ended, seen, readdirSync(folder)]).toEqual([code, { out: "", err: "" }, []]);
  });

  it.skipIf(process.platform === "win32")(
    "serve lets an answer end at Ctrl-C, and a second ends at once",
    async () => {
      const served = start(["serve", "--json", "--port", "0"]);
      await new Promise((resolve) => served.child.stdout.once("data", resolve));
      const { url } = JSON.parse(served.seen.out);
      const ask = (max_tokens: number) => {
        const body = JSON.stringify({
          prompt: "Mira",
          temperature: 9,
          seed: 1,
          max_tokens,
          stream: true,
        });
        const headers = { "content-type": "application/json" };
        return fetch(`${url}/v1/completions`, { method: "POST", headers, body });
      };
      const answer = await ask(40);
      served.child.kill("SIGINT");
      expect(await answer.text()).toMatch(/data: \[DONE\]\n\n$/);
      expect(await served.ended).toBe(0);
      const hurried = start(["serve", "--json", "--port", "0"]);
      await new Promise((resolve) => hurried.child.stdout.once("data", resolve));
      const { port } = JSON.parse(hurried.seen.out);
      const slow = connect(port).on("error", () => {});
      slow.write(
        "POST /v1/completions HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n",
      );
      slow.write("content-length: 9\r\n\r\n{");
      await new Promise((resolve) => setTimeout(resolve, 100));
      hurried.child.kill("SIGINT");
      await vi.waitFor(() => expect(hurried.seen.err).toContain("Ctrl-C again"));
      hurried.child.kill("SIGINT");
      expect(await hurried.ended).toBe(null); // by the signal
      expect(hurried.child.signalCode).toBe("SIGINT");
    },
  );

  it("needs no working directory", async () => {
    // Not rmdirSync(process.cwd()): Node remembers what it says.
    const gone = `
      import { rmdirSync } from "node:fs";
      const folder = ${JSON.stringify(mkdtempSync(join(scratch, "gone-")))};
      process.chdir(folder);
      rmdirSync(folder);`;
    const tokenizer = fixture("tiny-stories/tokenizer.model");
    const argv = [program, "tokenize", "--json", "Mira", "--tokenizer", tokenizer];
    const { ended, seen } = startNode(["--import", `data:text/javascript,${gone}`, ...argv]);
    expect([await ended, seen.err]).toEqual([0, ""]);
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

/** A model of random weights with room for a context that takes minutes, whoever gets the processor. */
function talkative(): string {
  const folder = mkdtempSync(join(scratch, "talkative-"));
  const config = JSON.parse(readFileSync(fixture("mqa/config.json"), "utf8"));
  const patient = { ...config, max_position_embeddings: 100_000 };
  writeFileSync(join(folder, "config.json"), JSON.stringify(patient));
  copyFileSync(fixture("mqa/model.safetensors"), join(folder, "model.safetensors"));
  return folder;
}

/** A checkpoint of 4 GB of zeros, which take no room on the disk, and many seconds to convert. */
function large(): string {
  const D = 1024;
  const V = 2 ** 21;
  const config = {
    ...JSON.parse(readFileSync(fixture("mqa/config.json"), "utf8")),
    ...{ vocab_size: V, hidden_size: D, intermediate_size: 1, num_hidden_layers: 1 },
    ...{ num_attention_heads: 1, num_key_value_heads: 1, head_dim: 2 },
  };
  const shapes = {
    embed_tokens: [V, D],
    norm: [D],
    "layers.0.input_layernorm": [D],
    "layers.0.post_attention_layernorm": [D],
    "layers.0.self_attn.q_proj": [2, D],
    "layers.0.self_attn.k_proj": [2, D],
    "layers.0.self_attn.v_proj": [2, D],
    "layers.0.self_attn.o_proj": [D, 2],
    "layers.0.mlp.gate_proj": [1, D],
    "layers.0.mlp.up_proj": [1, D],
    "layers.0.mlp.down_proj": [D, 1],
  };
  let end = 0;
  const entries = Object.entries(shapes).map(([name, shape]) => {
    const begin = end;
    end += shape.reduce((product, axis) => product * axis, 2);
    return [`model.${name}.weight`, { dtype: "BF16", shape, data_offsets: [begin, end] }];
  });
  const header = safetensorsFile(Object.fromEntries(entries), new Uint8Array());
  const folder = mkdtempSync(join(scratch, "large-"));
  writeFileSync(join(folder, "config.json"), JSON.stringify(config));
  writeFileSync(join(folder, "model.safetensors"), header);
  truncateSync(join(folder, "model.safetensors"), header.length + end);
  return folder;
}
