import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { blobSource, bytesSource } from "../../src/checkpoint/byte-source.ts";
import { filesFolder } from "../../src/checkpoint/folder.ts";
import { openGguf } from "../../src/checkpoint/gguf-gemma.ts";
import { openCheckpoint } from "../../src/checkpoint/open.ts";
import { FormatError, UnsupportedError } from "../../src/errors.ts";
import { Gemma } from "../../src/gemma.ts";
import { type ModelProto, PieceType, parseModelProto } from "../../src/tokenizer/model-proto.ts";
import { Tokenizer } from "../../src/tokenizer/tokenizer.ts";
import { golden, readJson } from "../support/goldens.ts";
import { fixture } from "../support/paths.ts";
import { FIXTURE_BYTES, goldens } from "../tokenizer/fixture.ts";
import { type Entry, ggufFile, type TensorRow } from "./gguf-file.ts";
import { rejection } from "./safetensors-file.ts";

const F32 = readFileSync(fixture("gguf/model.F32.gguf"));

const CONFIG: Record<string, Entry> = {
  "general.architecture": [8, "gemma"],
  "gemma.context_length": [4, 16],
  "gemma.embedding_length": [4, 8],
  "gemma.block_count": [4, 1],
  "gemma.feed_forward_length": [4, 8],
  "gemma.attention.head_count": [4, 2],
  "gemma.attention.layer_norm_rms_epsilon": [6, 1e-6],
};
const table = (rows: number): TensorRow => ({
  name: "token_embd.weight",
  dimensions: [8, rows],
  type: 0,
  bytes: new Uint8Array(rows * 32),
});
const open = (metadata: Record<string, Entry>, rows = 320) =>
  openGguf(bytesSource(ggufFile(metadata, [table(rows)]), "x.gguf"));

describe("openGguf", () => {
  it("reads the config that config.json says", async () => {
    const { config } = await openGguf(bytesSource(F32));
    const json = readJson<Record<string, number>>("gguf/config.json");
    expect(config).toEqual({
      vocabSize: json.vocab_size,
      hiddenSize: json.hidden_size,
      intermediateSize: json.intermediate_size,
      numHiddenLayers: json.num_hidden_layers,
      numAttentionHeads: json.num_attention_heads,
      numKeyValueHeads: json.num_key_value_heads,
      headDim: json.head_dim,
      maxPositionEmbeddings: json.max_position_embeddings,
      rmsNormEps: json.rms_norm_eps, // to the bit, though the file holds it in float32
      ropeTheta: json.rope_theta,
      padTokenId: 0,
      eosTokenId: 1,
      bosTokenId: 2,
    });
  });

  it("names tensors as Hugging Face does, and knows that norms hold 1 + w", async () => {
    const { tensors } = await openGguf(bytesSource(F32));
    expect([...tensors.keys()].filter((name) => name.includes("norm"))).toEqual([
      "model.norm.weight",
      "model.layers.0.input_layernorm.weight",
      "model.layers.0.post_attention_layernorm.weight",
    ]);
    expect(tensors.get("model.norm.weight")?.normOffset).toBe(0);
    expect(tensors.get("model.layers.0.mlp.down_proj.weight")?.normOffset).toBeUndefined();
  });

  it("takes a key-value head for each head, and equal heads, where the file is silent", async () => {
    const { config } = await open(CONFIG);
    expect([config.numKeyValueHeads, config.headDim, config.vocabSize]).toEqual([2, 4, 320]);
  });

  it.each<[string, Record<string, Entry>, RegExp]>([
    [
      "another architecture",
      { "general.architecture": [8, "gemma2"] },
      /"general\.architecture" expected "gemma" \(Gemma 1\), got "gemma2"/,
    ],
    [
      "no width",
      { "gemma.embedding_length": [8, "wide"] },
      /"gemma\.embedding_length" expected a positive integer.*got "wide"/,
    ],
    [
      "no layers",
      { "gemma.block_count": [4, 0] },
      /"gemma\.block_count" expected a positive integer.*got 0/,
    ],
    [
      "heads that share unevenly",
      { "gemma.attention.head_count_kv": [4, 3] },
      /"gemma\.attention\.head_count_kv" expected a divisor/,
    ],
    [
      "an ε that is no number",
      { "gemma.attention.layer_norm_rms_epsilon": [6, Number.NaN] },
      /layer_norm_rms_epsilon" expected a positive number/,
    ],
    [
      "a BPE vocabulary of another kind",
      { "tokenizer.ggml.model": [8, "gpt2"] },
      /expected "llama" \(SentencePiece\), got "gpt2"/,
    ],
    [
      "a vocabulary without tokens",
      { "tokenizer.ggml.model": [8, "llama"] },
      /"tokenizer\.ggml\.tokens" expected an array, got nothing/,
    ],
  ])("refuses %s, by its key in the file", async (_, change, message) => {
    const error = (await rejection(open({ ...CONFIG, ...change }))) as Error;
    expect(error instanceof FormatError || error instanceof UnsupportedError).toBe(true);
    expect(error.message).toMatch(message);
    expect(error.message).toContain("x.gguf");
  });
});

describe("a vocabulary in GGUF", () => {
  const proto = parseModelProto(FIXTURE_BYTES);
  const vocabulary = (types: readonly number[]): Record<string, Entry> => ({
    ...CONFIG,
    "tokenizer.ggml.model": [8, "llama"],
    "tokenizer.ggml.tokens": [9, 8, proto.pieces.map(({ piece }) => piece)],
    "tokenizer.ggml.scores": [9, 6, proto.pieces.map(({ score }) => score)],
    "tokenizer.ggml.token_type": [9, 5, types],
    "tokenizer.ggml.bos_token_id": [4, 2],
    "tokenizer.ggml.eos_token_id": [4, 1],
    "tokenizer.ggml.padding_token_id": [4, 0],
  });

  it("gives the ids that tokenizer.model gives", async () => {
    const metadata = vocabulary(proto.pieces.map(({ type }) => type));
    const { tokenizer, config } = await open(metadata, 1024);
    const ours = Tokenizer.from(tokenizer!);
    expect([config.vocabSize, ours.bosId, ours.eosId, ours.padId]).toEqual([1024, 2, 1, 0]);
    for (const { text, ids, decoded } of goldens().encode) {
      expect(ours.encode(text)).toEqual(ids);
      expect(ours.decode(ids)).toBe(decoded);
    }
  });

  it("drops the padding that converters add for the table's surplus rows", async () => {
    const metadata = vocabulary(proto.pieces.map(({ type }) => type));
    const more = <T>(key: string, ...values: T[]) =>
      [9, metadata[key][1], [...(metadata[key][2] as T[]), ...values]] as unknown as Entry;
    const padded = {
      ...metadata,
      "tokenizer.ggml.tokens": more("tokenizer.ggml.tokens", "[PAD1024]", "[PAD1025]"),
      "tokenizer.ggml.scores": more("tokenizer.ggml.scores", -1e4, -1e4),
      "tokenizer.ggml.token_type": more("tokenizer.ggml.token_type", 5, 5),
    };
    const { tokenizer, config } = await open(padded, 1026);
    expect([config.vocabSize, Tokenizer.from(tokenizer!).vocabSize]).toEqual([1024, 1024]);
  });

  it("restores what converters lose of Gemma's own: turn markers are user-defined", async () => {
    const tokens = Array.from({ length: 256_000 }, (_, id) => `piece ${id}`);
    tokens[3] = "<unk>";
    tokens[106] = "<start_of_turn>";
    tokens[107] = "<end_of_turn>";
    tokens[108] = "\n";
    const types = tokens.map((_, id) => (id === 3 ? 2 : 1));
    const { tokenizer } = await open(
      {
        ...CONFIG,
        "tokenizer.ggml.model": [8, "llama"],
        "tokenizer.ggml.tokens": [9, 8, tokens],
        "tokenizer.ggml.scores": [9, 6, tokens.map((_, id) => -id)],
        "tokenizer.ggml.token_type": [9, 5, types],
      },
      256_128,
    );
    const { pieces } = tokenizer as ModelProto;
    const userDefined = pieces.flatMap(({ type }, id) =>
      type === PieceType.USER_DEFINED ? [id] : [],
    );
    expect([userDefined[0], userDefined.at(-1), userDefined.length]).toEqual([4, 255_999, 245]);
    expect(Tokenizer.from(tokenizer!).encode("\n<end_of_turn>")).toEqual([108, 107]);
  });
});

describe("openCheckpoint", () => {
  it("takes a GGUF file under any name, from a path, a blob, or alone in a folder", async () => {
    const expected = golden("gguf/goldens.npz", "logits.F32.f64");
    const ids = Array.from(golden("gguf/goldens.npz", "ids"));
    for (const source of [
      fixture("gguf/model.F32.gguf"),
      blobSource(new Blob([F32]), "renamed.bin"),
      filesFolder({ "model.gguf": F32 }),
    ]) {
      const gemma = await Gemma.load(source, { precision: "float64" });
      expect(Math.abs((await gemma.logits(ids)).data[0] - expected[0])).toBeLessThan(1e-12);
      await gemma.dispose();
    }
  });

  it.each<[string, Uint8Array, RegExp]>([
    [
      "a safetensors file alone",
      readFileSync(fixture("gguf/model.safetensors")),
      /got a safetensors file alone; open the folder it lies in/,
    ],
    [
      "an npz of golden data",
      readFileSync(fixture("gguf/prompt-7.npz")),
      /"config\.json" expected it in the archive.*got ids\.npy.*other arrays than the weights/,
    ],
    ["noise", Uint8Array.of(1, 2, 3), /got a file of no known kind/],
  ])("says what it is given instead: %s", async (_, bytes, message) => {
    const error = (await rejection(openCheckpoint(bytesSource(bytes, "x")))) as Error;
    expect(error).toBeInstanceOf(FormatError);
    expect(error.message).toMatch(message);
  });

  it("closes the file it could not open as a checkpoint", async () => {
    let closed = 0;
    const source = { ...bytesSource(Uint8Array.of(1)), close: async () => void closed++ };
    await rejection(openCheckpoint(source));
    expect(closed).toBe(1);
  });
});
