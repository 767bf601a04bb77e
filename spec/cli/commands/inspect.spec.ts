import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { cli } from "../../support/cli.ts";
import { safetensorsFile } from "../../support/files/safetensors-file.ts";
import { splitGguf } from "../../support/files/split-gguf.ts";
import { readFixture, readJson } from "../../support/goldens.ts";
import { fixture } from "../../support/paths.ts";
import { scratchFolder } from "../../support/scratch.ts";

const scratch = scratchFolder("inspect");

const inspect = async (...argv: string[]) =>
  JSON.parse((await cli(["inspect", "--json", ...argv])).out);

describe("inspect --config", () => {
  it.each([
    ["2b", 2_506_172_416, 524_550_144, 1_981_884_416],
    ["7b", 8_537_680_896, 786_825_216, 7_751_248_896],
  ])("counts the %s as released, and as the report does", async (size, total, embedding, rest) => {
    const { parameters, parametersOfReport } = await inspect("--config", size);
    expect(parameters.total).toBe(total);
    expect(parametersOfReport).toMatchObject({ embedding, nonEmbedding: rest });
    const { out } = await cli(["inspect", "--config", size]);
    for (const count of [total, embedding, rest])
      expect(out).toContain(count.toLocaleString("en-US"));
    expect(out).toMatch(/256,000 rows +256,128 rows/);
  });

  it("says what a token of context costs: one KV head in the 2B, sixteen in the 7B", async () => {
    const { kvCacheBytesPerToken: small } = await inspect("--config", "2b");
    const { kvCacheBytesPerToken: large } = await inspect("--config", "7b");
    expect(small.float32).toBe(18 * 2 * 256 * 4);
    expect(large.float32).toBe(28 * 2 * 16 * 256 * 4);
    expect(large.bfloat16 * 4).toBe(large.float64);
  });
});

describe("inspect FOLDER", () => {
  it("lists every tensor of the file, and adds up their bytes", async () => {
    const { config, tensors, tensorBytes, parameters, problems } = await inspect(fixture("mqa"));
    const file = readFileSync(fixture("mqa/model.safetensors"));
    const headerLength = Number(file.readBigUInt64LE(0));
    expect(tensors).toHaveLength(20);
    expect(tensorBytes).toBe(file.length - 8 - headerLength);
    expect(tensorBytes).toBe(2 * parameters.total);
    expect(config.hiddenSize).toBe(64);
    expect(tensors).toContainEqual({
      name: "model.layers.1.mlp.down_proj.weight",
      dtype: "bfloat16",
      shape: [64, 96],
      bytes: 64 * 96 * 2,
    });
    expect(problems).toEqual([]);
  });

  it.each([
    ["mlx-4bit", "MLX, 4 bits in groups of 32"],
    ["mlx-mixed", "MLX, 4 bits in groups of 32, some layers otherwise"],
    ["nf4", "bitsandbytes, 4 bits"],
    ["int8", "bitsandbytes, 8 bits"],
  ])("says how weights are packed: %s", async (name, storage) => {
    const path = fixture(`packed/${name}`);
    const found = await inspect(path);
    expect(found.storage).toBe(storage);
    expect(found.problems).toEqual([]);
    const { code, out } = await cli(["inspect", path]);
    expect([code, out.split("\n")[0]]).toEqual([0, `${path} (${storage})`]);
  });

  it("says that a GGUF file is in parts, whichever is given", async () => {
    const parts = splitGguf(readFixture("gguf/model.Q8_0.gguf"), { sizes: [2, 3, 1] });
    const folder = join(scratch, "parts");
    mkdirSync(folder);
    for (const [name, bytes] of Object.entries(parts)) writeFileSync(join(folder, name), bytes);
    const first = join(folder, Object.keys(parts)[0]);
    for (const name of ["", ...Object.keys(parts)]) {
      const { folder: path, storage, problems } = await inspect(join(folder, name));
      expect([path, storage, problems]).toEqual([first, "GGUF in 3 parts", []]);
    }
  });

  it("shows the same as a table", async () => {
    const { code, out } = await cli(["inspect", fixture("mqa")]);
    expect(code).toBe(0);
    expect(out).toMatch(
      /^ {2}model\.layers\.1\.mlp\.down_proj\.weight +bfloat16 +\[64, 96\] +12,288$/m,
    );
    expect(out).toMatch(/^ {2}total +78,144$/m);
    expect(out).toMatch(/^ {2}tokenizer +none$/m);
  });

  it("takes its path as --model, too, as the other commands do", async () => {
    const path = fixture("mqa");
    expect(await cli(["inspect", "--model", path])).toEqual(await cli(["inspect", path]));
  });

  it("without a folder inspects the bundled model, of 1.2 million parameters", async () => {
    const { folder, parameters, tokenizerPieces } = await inspect();
    expect(folder).toMatch(/tiny-stories-it$/);
    expect(Math.round(parameters.total / 1e5)).toBe(12);
    expect(tokenizerPieces).toBe(1024);
  });

  it("lists what is there and exits with 1 where weights do not fit the config", async () => {
    const folder = join(scratch, "wrong");
    cpSync(fixture("mqa"), folder, { recursive: true });
    const config = readJson<Record<string, unknown>>("mqa/config.json");
    writeFileSync(join(folder, "config.json"), JSON.stringify({ ...config, num_hidden_layers: 3 }));
    const { code, out } = await cli(["inspect", folder]);
    expect(code).toBe(1);
    expect(out).toMatch(/Problems\n.*model\.layers\.2\./);
    expect(out).toContain("model.layers.1.mlp.down_proj.weight");
  });

  it("counts a tensor once that has two names", async () => {
    const folder = join(scratch, "alias");
    cpSync(fixture("mqa"), folder, { recursive: true });
    const path = join(folder, "model.safetensors");
    const bytes = readFileSync(path);
    const length = Number(bytes.readBigUInt64LE(0));
    const header = JSON.parse(bytes.toString("utf8", 8, 8 + length));
    header.__metadata__ = { format: "pt", "lm_head.weight": "model.embed_tokens.weight" };
    writeFileSync(path, safetensorsFile(header, bytes.subarray(8 + length)));
    const { tensors, tensorBytes, parameters, problems } = await inspect(folder);
    expect([tensors.length, tensorBytes, problems]).toEqual([20, 2 * parameters.total, []]);
  });

  it("shows a tensor whose dtype no weight can have", async () => {
    const folder = join(scratch, "mask");
    cpSync(fixture("mqa"), folder, { recursive: true });
    const header = JSON.stringify({ mask: { dtype: "I64", shape: [1], data_offsets: [0, 8] } });
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(header.length));
    const bytes = Buffer.concat([length, Buffer.from(header), Buffer.alloc(8)]);
    writeFileSync(join(folder, "model.safetensors"), bytes);
    const { tensors, problems } = await inspect(folder);
    expect(tensors).toEqual([{ name: "mask", dtype: "I64", shape: [1], bytes: null }]);
    expect(problems).toHaveLength(1);
  });

  it("says how a chat is written, and where files disagree; and so does convert", async () => {
    expect((await inspect()).chatFormat).toBe("Gemma");
    expect((await inspect(fixture("mqa"))).chatFormat).toBeNull();
    const folder = join(scratch, "tuned");
    cpSync(fixture("tiny-stories-it"), folder, { recursive: true });
    const said = { add_bos_token: false, chat_template: "{{ messages }}" };
    writeFileSync(join(folder, "tokenizer_config.json"), JSON.stringify(said));
    const { chatFormat, warnings, problems } = await inspect(folder);
    expect([chatFormat, problems]).toEqual(["another template", []]);
    expect(warnings).toEqual([expect.stringContaining("add_bos_token: false")]);
    const { out } = await cli(["inspect", folder]);
    expect(out).toMatch(/^ {2}chat +another template$/m);
    expect(out).toMatch(/^Warnings\n {2}tokenizer_config\.json says add_bos_token: false/m);
    const { code, err } = await cli(["convert", folder, join(scratch, "tuned.gguf")]);
    expect([code, err]).toEqual([0, `Warning: ${warnings[0]}.\n`]);
  });

  it("names a tokenizer that is damaged, or of a larger vocabulary", async () => {
    const folder = join(scratch, "tokenizer");
    cpSync(fixture("mqa"), folder, { recursive: true });
    cpSync(fixture("tiny-stories/tokenizer.model"), join(folder, "tokenizer.model"));
    expect((await inspect(folder)).problems).toEqual([
      "tokenizer.model has 1024 pieces, the embedding 320 rows",
    ]);
    writeFileSync(join(folder, "tokenizer.model"), "no model");
    const { problems, tokenizerPieces } = await inspect(folder);
    expect([problems.length, tokenizerPieces]).toEqual([1, null]);
  });
});
