import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { Gemma } from "../../../src/gemma.ts";
import { cli, jsonLines } from "../../support/cli.ts";
import { fixture } from "../../support/paths.ts";
import { scratchFolder } from "../../support/scratch.ts";

const scratch = scratchFolder("train");
const at = (name: string) => join(scratch, name);
const [TEXTS, CONFIG] = [at("stories.jsonl"), at("config.json")];
let vocabSize = 0;
const CORPUS = fixture("learning/pretraining/corpus.npz");

beforeAll(() => {
  const text = (i: number) => ({
    text: `Once upon a time there was a fox called Mira${i}. She ran.`,
  });
  writeFileSync(
    TEXTS,
    Array.from({ length: 20 }, (_, i) => `${JSON.stringify(text(i))}\n`).join(""),
  );
  const tiny = JSON.parse(readFileSync(fixture("tiny-stories-it/config.json"), "utf8"));
  vocabSize = tiny.vocab_size;
  const small = { hidden_size: 32, intermediate_size: 64, num_hidden_layers: 2 };
  const heads = { num_attention_heads: 2, num_key_value_heads: 1, head_dim: 16 };
  writeFileSync(CONFIG, JSON.stringify({ ...tiny, ...small, ...heads }));
});

describe("train", () => {
  it("makes a model from scratch out of a staged mixture, which opens and generates", async () => {
    const out = at("mixed");
    const {
      code,
      err,
      out: said,
    } = await cli([
      ...["train", `${CORPUS}:stories.train`, `facts=${CORPUS}:facts.train`, "--config", CONFIG],
      ...["--mixture", "0:stories.train=9,facts=1", "--mixture", "0.5:stories.train=1,facts=1"],
      ...["--valid", TEXTS, "--steps", "4", "--batch", "1", "--tokens", "24"],
      ...["--lr", "3e-3", "--out", out, "--json"],
    ]);
    expect([code, err]).toEqual([0, ""]);
    const lines = jsonLines<{ step: number; loss: number; targets: number; validLoss: number }>(
      said,
    );
    // Nothing is known in the beginning: the logarithm of the vocabulary's size.
    expect(lines[0].loss).toBeCloseTo(Math.log(vocabSize), 0);
    expect(lines[3].validLoss).toBeCloseTo(Math.log(vocabSize), 0);
    expect(lines[4]).toEqual({ out });
    const gemma = await Gemma.load(out);
    expect(gemma.config.hiddenSize).toBe(32);
    expect(await gemma.generate("Once", { maxTokens: 2 }).text()).toBeDefined();
    await gemma.dispose();
  });

  it("stopped and resumed comes to the same bits, on texts whose documents are kept apart", async () => {
    const command = (out: string) => [
      ...["train", TEXTS, "--config", CONFIG, "--documents", "--tokens", "12", "--steps", "3"],
      ...["--batch", "1", "--precision", "float64", "--type", "F32", "--out", out, "--json"],
    ];
    const [whole, out] = [at("apart"), at("apart-stopped")];
    expect((await cli(command(whole))).code).toBe(0);
    const stop = new AbortController();
    const stopped = await cli(command(out), { signal: stop.signal, onWrite: () => stop.abort() });
    expect([stopped.code, stopped.err]).toEqual([130, expect.stringContaining("--resume goes on")]);
    expect((await cli([...command(out), "--resume"])).code).toBe(0);
    const bytes = (folder: string) => readFileSync(join(folder, "model.safetensors"));
    expect(bytes(out).equals(bytes(whole))).toBe(true);
    const steps = (folder: string) =>
      jsonLines<{ step: number; loss: number }>(
        readFileSync(join(folder, "log.jsonl"), "utf8"),
      ).map(({ step, loss }) => [step, loss]);
    expect(steps(out)).toEqual(steps(whole));
    writeFileSync(TEXTS, `${readFileSync(TEXTS, "utf8")}{"text":"Another."}\n`);
    const changed = await cli([...command(out), "--resume"]);
    expect(changed.err).toContain('"data" expected');
  });

  it("goes on from a model that is there", async () => {
    const argv = ["train", TEXTS, "--model", fixture("tiny-stories-it"), "--tokens", "16"];
    const more = ["--steps", "1", "--batch", "1", "--optimizer", "adafactor", "--out", at("on")];
    const { code, out } = await cli([...argv, ...more]);
    expect([code, out]).toEqual([0, expect.stringContaining("generate --model")]);
  });

  it.each<[string[], string]>([
    [[], "expected DATA"],
    [["a.jsonl"], "expected --config, for a model from scratch, or --model, got neither"],
    [["a.jsonl", "--model", "m", "--config", "c"], "got both"],
    [["a.jsonl", "--config", "c"], "expected --out DIR"],
    [["a.jsonl", "--model", "m", "--std", "1", "--out", "o"], "--std needs --config"],
    [["a.jsonl", "--config", "c", "--out", "o", "--mixture", "a"], "--mixture expects FROM:NAME"],
  ])("refuses %j: %s", async (argv, message) => {
    const { code, err } = await cli(["train", ...argv]);
    expect([code, err]).toEqual([2, expect.stringContaining(message)]);
  });

  it.each([
    [
      '{"text":"short"}\n',
      [],
      /little\.jsonl expected 257 tokens at least, got \d tokens; a lower --tokens makes shorter sequences, --documents one of each text/,
    ],
    ["\n", [], /little\.jsonl expected a row at least, got no rows/],
    ["", ["--documents"], /little\.jsonl expected a row at least, got no rows/],
  ])("says that %j is too little to learn from", async (text, more, message) => {
    const little = at("little.jsonl");
    writeFileSync(little, text);
    const argv = ["train", little, "--config", CONFIG, "--out", at("little"), ...more];
    const { code, err } = await cli(argv);
    expect([code, err]).toEqual([1, expect.stringMatching(message)]);
  });

  it("refuses an archive without the name of an array, with the names", async () => {
    const { code, err } = await cli(["train", CORPUS, "--config", CONFIG, "--out", at("none")]);
    expect([code, err]).toEqual([1, expect.stringContaining("facts.train")]);
  });
});
