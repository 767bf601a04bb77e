import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ClosedOutput } from "../../src/cli/io.ts";
import { cli } from "../support/cli.ts";
import { safetensorsFile } from "../support/files/safetensors-file.ts";
import { SINGLE, safetensorsParts } from "../support/files/small-checkpoint.ts";
import { fixture } from "../support/paths.ts";
import { scratchFolder } from "../support/scratch.ts";

const COMMANDS = [
  "demo",
  "generate",
  "chat",
  "score",
  "embed",
  "serve",
  "eval",
  "audit",
  "inspect",
  "convert",
  "train",
  "sft",
  "reward",
  "dpo",
  "rlhf",
  "align",
  "tokenize",
  "logits",
  "explain",
  "lens",
  "attention",
  "judge",
  "exercise",
];

const FEWER =
  "arithmetic is float64, float32 or bfloat16; weights of that type are read as they are";

describe("gemma-reference", () => {
  it("lists every command in its help, on stdout", async () => {
    for (const flag of ["--help", "-h", "help"]) {
      const { code, out, err } = await cli([flag]);
      expect([code, err]).toEqual([0, ""]);
      for (const name of COMMANDS) expect(out).toMatch(new RegExp(`^ {2}${name} `, "m"));
    }
  });

  it("without a command shows the help on stderr and exits with 2", async () => {
    const { code, out, err } = await cli([]);
    expect([code, out]).toEqual([2, ""]);
    expect(err).toContain("Usage: gemma-reference COMMAND");
  });

  it("says the version of package.json", async () => {
    const { version } = JSON.parse(readFileSync(fixture("../package.json"), "utf8"));
    expect(await cli(["--version"])).toEqual({ code: 0, out: `${version}\n`, err: "" });
  });

  it.each(COMMANDS)(
    "%s --help shows usage, options and examples, even beside a mistake",
    async (name) => {
      const { code, out } = await cli([name, "--nonsense", "--help"]);
      expect(code).toBe(0);
      expect(out).toContain(`Usage: gemma-reference ${name}`);
      expect(out).toMatch(/^Options\n(?: {2}.*\n)*? {2}--json/m);
      expect(out).toMatch(new RegExp(`^Examples\\n {2}gemma-reference ${name}`, "m"));
      expect((await cli(["help", name])).out).toBe(out);
      // Command lines are there to be copied, and do not break.
      const isCommand = (line: string) => /^(Usage: | +)(\w.*)?gemma-reference /.test(line);
      const tooLong = out.split("\n").filter((line) => line.length > (isCommand(line) ? 100 : 80));
      expect(tooLong).toEqual([]);
    },
  );

  it.each(COMMANDS)("%s says what each option expects that lacks its value", async (name) => {
    const { out } = await cli([name, "--help"]);
    const options = [...out.matchAll(/^ {2}--([\w-]+) ([A-Z\d]\S*)/gm)];
    expect(options.length > 0).toBe(name !== "demo");
    for (const [, option, value] of options) {
      const expected = `${name}: --${option} expects ${value}, got `;
      for (const next of ["--json", "-x", "--"]) {
        const { code, err } = await cli([name, `--${option}`, next]);
        const hint = `if that is the value, write --${option}=${value} (see`;
        expect([code, err]).toEqual([2, expect.stringContaining(`${expected}"${next}"; ${hint}`)]);
      }
      const { code, err } = await cli([name, `--${option}`]);
      expect([code, err]).toEqual([2, expect.stringContaining(`${expected}nothing (see`)]);
    }
  });

  it.each([
    [["frobnicate"], 'gemma-reference: unknown command "frobnicate" (see gemma-reference --help)'],
    [["help", "frobnicate"], 'unknown command "frobnicate"'],
    [["--frobnicate"], 'gemma-reference: unknown option "--frobnicate"; a command comes first'],
    [["score", "--frobnicate"], 'score: unknown option "--frobnicate" (see gemma-reference score'],
    [["demo", "loud"], 'unexpected argument "loud"'],
    [["generate", "a", "b"], "expected one text, got 2; put it in quotes"],
    [["generate", "a", "--prompt", "b"], "expected one of TEXT, --prompt and --ids"],
    [["generate", "a", "--ids", "2"], "expected one of TEXT, --prompt and --ids"],
    [["generate", "--chat", "--ids", "2"], "--chat wraps a text"],
    [["generate"], "expected a text, as TEXT, --prompt TEXT, or on stdin"],
    [["generate", "a", "--temperature"], "--temperature expects X, got nothing"],
    [
      ["generate", "a", "--temperature", "hot"],
      '--temperature expects 0 or a positive number, got "hot"',
    ],
    [
      ["generate", "a", "--temperature", "-1"],
      '--temperature expects 0 or a positive number, got "-1"',
    ],
    [["chat", "--temperature", "1e999"], '--temperature expects 0 or a positive number, got "1e9'],
    [["generate", "a", "--top-p", "1.5"], '--top-p expects a number above 0, at most 1, got "1.5"'],
    [["chat", "--top-p", "0"], '--top-p expects a number above 0, at most 1, got "0"'],
    [
      ["generate", "a", "--top-p", "0.9"],
      "--top-p needs --temperature, as in --temperature 1 (see",
    ],
    [["chat", "--top-k", "3"], "--top-k needs --temperature, as in --temperature 1 (see"],
    [["generate", "a", "--seed", "5"], "--seed needs --temperature, as in --temperature 1 (see"],
    [
      ["chat", "--seed", "5", "--temperature", "0"],
      "--seed needs a --temperature above 0, as in --temperature 1 (see",
    ],
    [
      ["generate", "a", "--max-tokens", "2e16"],
      "--max-tokens expects an integer of 0 or more, got",
    ],
    [["generate", "a", "--samples", "1e12"], "--samples expects an integer from 1 to 65536, got"],
    [
      ["generate", "a", "--stop-ids", "7,9999"],
      "--stop-ids expects an integer from 0 to 1023, got",
    ],
    [["chat", "--context", "999"], "--context expects an integer from 1 to 512 (max_position"],
    [
      ["generate", "--model", fixture("mqa"), "--ids", "2", "--stop", "x"],
      'without a tokenizer to make text, got ["x"]; --stop-ids takes token ids (see',
    ],
    [["generate", "a", "--max-tokens", "1.5"], "--max-tokens expects an integer of 0 or more"],
    [["generate", "a", "--top-k", "0"], '--top-k expects an integer of 1 or more, got "0"'],
    [["generate", "--max-tokens", "-5"], '--max-tokens expects an integer of 0 or more, got "-5"'],
    [["generate", "--seed", "-.5"], '--seed expects an integer from 0 to 4294967295, got "-.5"'],
    [["chat", "--context", "-1"], '--context expects an integer of 1 or more, got "-1"'],
    [["score", "--ids", "-2,7"], '--ids expects token ids such as 2,7,9, got "-2,7"'],
    [["convert", "--type", "-4", "a"], "--type expects F32 | F16 | BF16 | Q8_0 | Q4_0, got"],
    [
      ["score", "a", "--backend", "abacus"],
      '--backend expects auto | cpu | wasm | webgpu, got "abacus"',
    ],
    [["score", "a", "--backend", "webassembly"], "; did you mean wasm?"],
    ...["float64", "bfloat16"].map((precision): [string[], string] => [
      ["score", "a", "--backend", "wasm", "--precision", precision],
      `--precision expects float32, in which "wasm" computes, got ${precision}; ` +
        `backend "cpu" computes in ${precision} (see`,
    ]),
    [
      ["score", "a", "--backend", "cpu", "--threads", "2"],
      '--threads expects backend "wasm", got "cpu"; "cpu" computes on one thread (see',
    ],
    [
      ["score", "a", "--backend", "cpu", "--activations", "int8"],
      '--activations expects backend "wasm", got "cpu"',
    ],
    [["score", "a", "--threads", "0"], '--threads expects an integer of 1 or more, got "0"'],
    [["score", "a", "--activations", "q8"], "; did you mean int8?"],
    [["verify", "--backend", "auto"], '--backend expects cpu, wasm, webgpu, got "auto"; leave it'],
    [["verify", "--backend", "wasm", "--accuracy", "bfloat16"], "--accuracy expects float32 here"],
    [["verify", "a.npz", "--backend", "wasm"], "--backend is about the library itself, not about"],
    [["verify", "--threads", "2", "--", "a"], "--threads is about the library itself, not about"],
    [["generate", "--ids", "2,x"], '--ids expects token ids such as 2,7,9, got "2,x"'],
    ...Object.entries({
      ...{ bf16: "did you mean bfloat16?", BF16: "did you mean bfloat16?" },
      ...{ fp32: "did you mean float32?", f32: "did you mean float32?" },
      ...{ float: "did you mean float32?", fp64: "did you mean float64?" },
      ...{ double: "did you mean float64?", flaot32: "did you mean float32?" },
      ...{ float16: FEWER, fp16: FEWER, int8: FEWER, q4: FEWER, Q4_0: FEWER },
    }).map(([given, hint]): [string[], string] => [
      ["score", "a", "--precision", given],
      `--precision expects float64 | float32 | bfloat16, got "${given}"; ${hint} (see`,
    ]),
    [["generate", "a", "--precision", "abacus"], 'float32 | bfloat16, got "abacus" (see'],
    ...Object.entries({
      ...{ f15: "did you mean F16?", float32: "did you mean F32?", fp16: "did you mean F16?" },
      ...{ bfloat16: "did you mean BF16?", q8: "did you mean Q8_0?", int4: "did you mean Q4_0?" },
      ...{ Q4_K_M: "llama-quantize, of llama.cpp, makes", Q2_K: "llama-quantize, of llama.cpp" },
    }).map(([given, hint]): [string[], string] => [
      ["convert", "a", "b.gguf", "--type", given],
      `--type expects F32 | F16 | BF16 | Q8_0 | Q4_0, got "${given}"; ${hint}`,
    ]),
    [
      ["inspect", "--config", "gemma-7b"],
      '--config expects 2b | 7b, got "gemma-7b"; did you mean 7b?',
    ],
    [["score", "a", "--backend", "cuda"], 'got "cuda"; webgpu runs on GPUs of all makers'],
    [["chat", "Hi"], 'unexpected argument "Hi"; messages come from stdin'],
    [["chat", "--context", "0"], "--context expects an integer of 1 or more"],
    [["inspect", "--config", "9b"], "--config expects 2b | 7b"],
    [["inspect", "a", "--config", "2b"], "expected one of PATH, --model and --config, got"],
    [["inspect", "a", "--model", "b"], "expected one of PATH, --model and --config, got"],
    [["inspect", "--model", "a", "--config", "2b"], "expected one of PATH, --model and --config"],
    [["inspect", "a", "b"], "expected one of PATH, --model and --config, got more than one"],
    [["convert", "a"], "expected IN and OUT, got 1 argument"],
    [
      ["convert", "a", "b.zip"],
      "expected OUT.gguf, OUT.npz or a folder (for safetensors), got b.zip",
    ],
    [["convert", "a", "b.gguf", "--type", "Q2_K"], "--type expects F32 | F16 | BF16 | Q8_0 | Q4_0"],
    [["tokenize"], "expected TEXT, --ids, or stdin"],
    [["tokenize", "a", "--ids", "2"], "expected TEXT or --ids, got both"],
    [["logits", "--ids", "2"], "expected --out FILE.npy"],
    [["logits", "--ids", "2", "--out", "a", "--trace", "./a"], "name the same file"],
    ...["l.npz", "l.json", "l.NPZ", "l.npy.gz"].map((out): [string[], string] => [
      ["logits", "--model", "/nowhere", "--ids", "2", "--out", out],
      `--out expects FILE.npy, got "${out}"`,
    ]),
    [
      ["logits", "--model", "/nowhere", "--ids", "2", "--out", "l.npy", "--trace", "t.npy"],
      '--trace expects FILE.npz, got "t.npy"',
    ],
    ...["b.npy", "b.onnx", "b.json", "b.ggml", "b.pkl"].map((out): [string[], string] => [
      ["convert", "/nowhere", out],
      `expected OUT.gguf, OUT.npz or a folder (for safetensors), got ${out}`,
    ]),
  ])("%j is refused as usage: one line on stderr, exit code 2", async (argv, message) => {
    const { code, out, err } = await cli(argv);
    expect([code, out]).toEqual([2, ""]);
    expect(err).toContain(message);
    expect(err).toMatch(/^gemma-reference.*\(see gemma-reference .*--help\)\n$/);
  });

  it("takes what follows -- as text, flags or not", async () => {
    const { out } = await cli(["tokenize", "--json", "--", "--help"]);
    const asked = await cli(["tokenize", "--json"], { stdin: '{"text":"--help"}' });
    expect(out).toBe(asked.out);
  });

  it("says a typed error in one line on stderr and exits with 1, with --json too", async () => {
    for (const flags of [[], ["--json"]]) {
      const { code, out, err } = await cli(["inspect", "/nowhere", ...flags]);
      expect([code, out]).toEqual([1, ""]);
      expect(err).toMatch(/^gemma-reference: .*\/nowhere.*\n$/);
    }
  });

  it("adds the stack, the fields and the cause of an error with --debug", async () => {
    const { code, err } = await cli(["inspect", "/nowhere", "--debug"]);
    expect(code).toBe(1);
    expect(err).toMatch(/^SourceError: .*\n {4}at /);
    expect(err).toContain("ENOENT");
  });

  it("takes a negative number for the value of the option before it", async () => {
    const given = ["tokenize", "--json", "--ids", "5", "--", "-5"];
    expect((await cli(given)).err).toContain("expected TEXT or --ids, got both");
    const stop = ["generate", "--ids", "2", "--max-tokens", "1", "--stop"];
    const { code, out } = await cli([...stop, "-1"]);
    expect([code, out]).toEqual([0, (await cli([...stop, "none"])).out]);
  });

  it("takes a choice in capitals or not", async () => {
    const { code, out } = await cli(["inspect", "--config", "2B", "--json"]);
    expect([code, out]).toEqual([0, (await cli(["inspect", "--config", "2b", "--json"])).out]);
    const score = ["score", "Mira the", "--json", "--precision"];
    expect(await cli([...score, "BFloat16", "--backend", "CPU"])).toEqual(
      await cli([...score, "bfloat16"]),
    );
    // It is written as the format has it: a folder has no Q4_0.
    const { err } = await cli(["convert", "a", "b", "--type", "q4_0"]);
    expect(err).toContain("safetensors has no Q4_0");
  });

  it("ends quietly when nobody reads its output any more", async () => {
    const onWrite = () => {
      throw new ClosedOutput();
    };
    for (const argv of [["generate", "Once"], ["--help"], ["tokenize", "a"]]) {
      expect(await cli(argv, { onWrite })).toEqual({ code: 0, out: "", err: "" });
    }
  });

  it("calls an error nobody expected by that name", async () => {
    const onWrite = () => {
      throw new RangeError("broken");
    };
    const { code, err } = await cli(["tokenize", "a"], { onWrite });
    expect([code, err]).toEqual([
      1,
      "gemma-reference: unexpected error: broken (--debug shows where; please report it)\n",
    ]);
  });
});

describe("a model with an infinite weight", () => {
  const folder = scratchFolder("infinite");
  const { header, data } = safetensorsParts();
  const { data_offsets } = header["model.norm.weight"] as { data_offsets: [number, number] };
  new DataView(data.buffer).setFloat32(data_offsets[0], Number.POSITIVE_INFINITY, true);
  for (const [name, bytes] of Object.entries(SINGLE)) writeFileSync(join(folder, name), bytes);
  const weights = join(folder, "model.safetensors");
  writeFileSync(weights, safetensorsFile(header, data));
  const [npy, npz] = [join(folder, "out.npy"), join(folder, "out.npz")];

  it.each([
    ["generate", "the"],
    ["generate", "the", "--temperature", "1", "--json"],
    ["generate", "the", "--temperature", "1", "--samples", "2"],
    ["score", "the the", "--json"],
    ["logits", "--text", "the", "--out", npy, "--json"],
    ["logits", "--text", "the", "--out", npy, "--trace", npz],
  ])("ends %s %s … with exit code 1 and the weight's name, and no number", async (...argv) => {
    const { code, out, err } = await cli([...argv, "--model", folder]);
    expect([code, out]).toEqual([1, ""]);
    expect(err).toContain(
      `${weights}: "model.norm.weight" expected finite numbers, got Infinity at [0]`,
    );
    expect([existsSync(npy), existsSync(npz)]).toEqual([false, false]);
  });
});
