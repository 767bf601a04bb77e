import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { openGguf } from "../../../src/checkpoint/gguf/open.ts";
import { openCheckpoint } from "../../../src/checkpoint/open.ts";
import { FormatError, GemmaError, UnsupportedError } from "../../../src/errors.ts";
import { Gemma } from "../../../src/gemma.ts";
import { blobSource, bytesSource } from "../../../src/source/byte-source.ts";
import { filesFolder } from "../../../src/source/folder.ts";
import { PieceType, parseModelProto } from "../../../src/tokenizer/model-proto.ts";
import { Tokenizer } from "../../../src/tokenizer/tokenizer.ts";
import {
  type Entry,
  GEMMA_SHAPE,
  ggufFile,
  type TensorRow,
} from "../../support/files/gguf-file.ts";
import { rejection } from "../../support/files/safetensors-file.ts";
import { RUNS } from "../../support/fuzz.ts";
import { golden, readJson } from "../../support/goldens.ts";
import { fixture } from "../../support/paths.ts";
import { FIXTURE_BYTES, goldens } from "../../support/tokenizer-fixture.ts";

const F32 = readFileSync(fixture("gguf/model.F32.gguf"));

const CONFIG = GEMMA_SHAPE;
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
      "an architecture that is a number beyond 2⁵³",
      { "general.architecture": [10, 2n ** 60n] },
      /expected "gemma" \(Gemma 1\), got 1152921504606846976/,
    ],
    [
      "a width beyond 2⁵³",
      { "gemma.embedding_length": [10, 2n ** 60n] },
      /"gemma\.embedding_length".*got 1152921504606846976/,
    ],
    [
      "heads for each layer",
      { "gemma.attention.head_count_kv": [9, 10, [1n, 1n]] },
      /"gemma\.attention\.head_count_kv".*got \[1, 1\]/,
    ],
    [
      "a vocabulary whose kind is a number",
      { "tokenizer.ggml.model": [10, 2n ** 60n] },
      /expected "llama" \(SentencePiece\), got 1152921504606846976/,
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

describe("a GGUF file of a model that is computed otherwise", () => {
  it.each<[string, Entry, string]>([
    ["rope.scaling.type", [8, "yarn"], '"none" or "linear", as in every Gemma 1, got "yarn"'],
    ["rope.scaling.factor", [6, 4], "1 or 0, as in every Gemma 1, got 4"],
    ["rope.scale_linear", [6, 2], "got 2"],
    ["rope.scaling.attn_factor", [6, 0.5], "got 0.5"],
    ["rope.dimension_count", [4, 2], "4, as in every Gemma 1, got 2"],
    ["attention.value_length", [4, 8], "4, as in every Gemma 1, got 8"],
    ["attn_logit_softcapping", [6, 50], "got 50"],
    ["final_logit_softcapping", [6, 30], "got 30"],
    ["attention.sliding_window", [4, 4096], "got 4096"],
    ["attention.scale", [6, 0.25], "0.5 or 0, as in every Gemma 1, got 0.25"],
    ["attention.causal", [7, 0], "got false"],
    ["attention.clamp_kqv", [6, 8], "got 8"],
    ["attention.max_alibi_bias", [6, 8], "got 8"],
    ["expert_count", [4, 8], "got 8"],
    ["logit_scale", [6, 2], "got 2"],
  ])("is refused by its gemma.%s", async (key, entry, message) => {
    const error = (await rejection(open({ ...CONFIG, [`gemma.${key}`]: entry }))) as Error;
    expect(error).toBeInstanceOf(UnsupportedError);
    expect(error.message).toContain(`x.gguf: "gemma.${key}" expected`);
    expect(error.message).toContain(message);
  });

  it("is told from one whose keys change nothing", async () => {
    const same: Record<string, Entry> = {
      "gemma.rope.dimension_count": [4, 4],
      "gemma.attention.value_length": [4, 4],
      "gemma.rope.scaling.attn_factor": [6, 1],
      "gemma.attention.scale": [6, 0.5],
      "gemma.attention.causal": [7, 1],
      "gemma.final_logit_softcapping": [6, 0],
      "gemma.expert_count": [4, 0],
    };
    const linear: Entry = [8, "linear"];
    const scaled: Record<string, Entry>[] = [
      {},
      { "gemma.rope.scaling.type": linear },
      { "gemma.rope.scaling.type": linear, "gemma.rope.scaling.factor": [6, 1] },
      // llama.cpp looks at no factor then.
      { "gemma.rope.scaling.type": [8, "none"], "gemma.rope.scaling.factor": [6, 4] },
    ];
    for (const scaling of scaled) await open({ ...CONFIG, ...same, ...scaling });
  });

  it("is refused where two of its tensors are one", async () => {
    const twice = [table(8), { ...table(8), name: "model.embed_tokens.weight" }];
    const file = bytesSource(ggufFile(CONFIG, twice), "x.gguf");
    const error = (await rejection(openGguf(file))) as Error;
    expect(error).toBeInstanceOf(FormatError);
    expect(error.message).toMatch(
      /"model\.embed_tokens\.weight" expected one tensor of that name, got a second one, stored as model/,
    );
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
    const ours = new Tokenizer(tokenizer!.model());
    expect([config.vocabSize, ours.bosId, ours.eosId, ours.padId]).toEqual([1024, 2, 1, 0]);
    for (const { text, ids, decoded } of goldens().encode) {
      expect(ours.encode(text)).toEqual(ids);
      expect(ours.decode(ids)).toBe(decoded);
    }
  });

  it("finds in text what converters call control pieces, but for <bos> and its kin", async () => {
    // As llama.cpp's converters write tokens that were added for a chat.
    const types = proto.pieces.map(({ piece, type }) => (/turn>$/.test(piece) ? 3 : type));
    const { tokenizer } = await open(vocabulary(types), 1024);
    const ours = new Tokenizer(tokenizer!.model());
    for (const { text, ids } of goldens().encode) expect(ours.encode(text)).toEqual(ids);
    expect(tokenizer?.added).toEqual([
      { id: 10, content: "<start_of_turn>", special: true },
      { id: 11, content: "<end_of_turn>", special: true },
    ]);
  });

  it("does without types, as llama.cpp does", async () => {
    const { "tokenizer.ggml.token_type": _, ...metadata } = vocabulary([]);
    const { tokenizer } = await open(metadata, 1024);
    const ours = new Tokenizer(tokenizer!.model());
    expect([ours.bosId, ours.eosId, ours.padId, ours.unkId]).toEqual([2, 1, 0, 3]);
    const story = "Once upon a time, é and 🦙.";
    expect(ours.encode(story)).toEqual(new Tokenizer(proto).encode(story));
    expect(ours.encode("<bos>").length).toBeGreaterThan(1);
  });

  it.each<[string, Record<string, Entry>, object]>([
    ["padding that is not set", { "tokenizer.ggml.padding_token_id": [4, 2 ** 32 - 1] }, {}],
    ["padding beyond the vocabulary", { "tokenizer.ggml.padding_token_id": [4, 1024] }, {}],
    ["an end that is not set", { "tokenizer.ggml.eos_token_id": [4, 2 ** 32 - 1] }, {}],
    ["a beginning that is not set", { "tokenizer.ggml.bos_token_id": [4, 2 ** 32 - 1] }, {}],
    [
      "ends of turns and of messages",
      { "tokenizer.ggml.eot_token_id": [4, 11], "tokenizer.ggml.eom_token_id": [4, 7] },
      { eosTokenId: [1, 11, 7] },
    ],
  ])("may have %s", async (_, metadata, expected) => {
    const types = proto.pieces.map(({ type }) => type);
    const { config } = await open({ ...vocabulary(types), ...metadata }, 1024);
    const usual = { padTokenId: 0, eosTokenId: 1, bosTokenId: 2 };
    expect(config).toMatchObject({ ...usual, ...expected });
  });

  it("says that BOS is added where the file says otherwise", async () => {
    const types = proto.pieces.map(({ type }) => type);
    const said = { "tokenizer.ggml.add_bos_token": [7, 0] } as unknown as Record<string, Entry>;
    expect((await open({ ...vocabulary(types), ...said }, 1024)).warnings).toEqual([
      expect.stringMatching(/add_bos_token: false; BOS is added all the same/),
    ]);
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
    expect([config.vocabSize, new Tokenizer(tokenizer!.model()).vocabSize]).toEqual([1024, 1024]);
  });

  const types = proto.pieces.map(({ type }) => type);
  const count = types.length;
  it.each<[string, string, Entry, RegExp]>([
    ["texts as scores", "scores", [9, 8, types.map(String)], /got "<pad>", "\d", \d/],
    ["scores beyond 2⁵³", "scores", [9, 10, types.map(() => 2n ** 60n)], /1152921504606846976/],
    ["numbers as tokens", "tokens", [9, 10, types.map(BigInt)], /a token with a text.*got 3, /],
    ["a type between two", "token_type", [9, 6, types.map(() => 1.5)], /type from 1 to 6.*1\.5/],
    ["types as bytes too few", "token_type", [9, 0, [1]], new RegExp(`array of ${count}.*got 1`)],
    ["a flag that is a text", "add_space_prefix", [8, "true"], /expected a bool, got "true"/],
    ["a flag that is a number", "remove_extra_whitespaces", [0, 1], /expected a bool, got 1/],
  ])("is refused with %s", async (_, key, entry, message) => {
    const metadata = { ...vocabulary(types), [`tokenizer.ggml.${key}`]: entry };
    const error = (await rejection(open(metadata, 1024))) as Error;
    expect(error).toBeInstanceOf(FormatError);
    expect(error.message).toMatch(message);
  });

  it("with any value under any of its keys is refused, or a checkpoint (fuzz)", async () => {
    const small = [0, 1, 2, 3].map((id) => ["<pad>", "<eos>", "<bos>", "<unk>"][id]);
    const metadata: Record<string, Entry> = {
      ...CONFIG,
      "gemma.attention.head_count_kv": [4, 1],
      "gemma.attention.key_length": [4, 4],
      "gemma.rope.freq_base": [6, 1e4],
      "general.alignment": [4, 32],
      "tokenizer.ggml.model": [8, "llama"],
      "tokenizer.ggml.tokens": [9, 8, small],
      "tokenizer.ggml.scores": [9, 6, [0, 0, 0, 0]],
      "tokenizer.ggml.token_type": [9, 5, [3, 3, 3, 2]],
      "tokenizer.ggml.add_space_prefix": [7, 0],
      "tokenizer.ggml.bos_token_id": [4, 2],
    };
    const value = fc.oneof(
      fc.tuple(fc.constantFrom(0, 7), fc.nat(1)),
      fc.tuple(fc.constantFrom(4, 5, 6), fc.constantFrom(0, 1, 3, 255, 2 ** 31)),
      fc.tuple(fc.constantFrom(6, 12), fc.constantFrom(0.5, 1.5, Number.NaN, -1)),
      fc.tuple(fc.constant(10), fc.constantFrom(1n, 2n ** 53n, 2n ** 60n, 2n ** 64n - 1n)),
      fc.tuple(
        fc.constant(8),
        fc.constantFrom("", "gemma", "llama", "\u001b]0;x", "x".repeat(1e5)),
      ),
      fc
        .tuple(fc.constant(9), fc.constantFrom(0, 5, 6, 8, 10), fc.constantFrom(0, 1, 4, 500))
        .map(([type, of, length]) => {
          const one = of === 8 ? "x" : of === 10 ? 2n ** 60n : 1;
          return [type, of, new Array(length).fill(one)] as const;
        }),
    ) as fc.Arbitrary<Entry>;
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...Object.keys(metadata)), value, async (key, entry) => {
        try {
          const { tokenizer, config } = await open({ ...metadata, [key]: entry }, 4);
          for (const setting of Object.values(config)) expect(setting).toBeTypeOf("number");
          if (tokenizer) new Tokenizer(tokenizer.model()).encode("x");
        } catch (error) {
          if (!(error instanceof GemmaError)) throw error;
          expect(error.message.length).toBeLessThan(2000);
          expect(error.message).not.toMatch(/\p{Cc}/u);
        }
      }),
      { numRuns: RUNS },
    );
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
    const { pieces } = tokenizer!.model();
    const userDefined = pieces.flatMap(({ type }, id) =>
      type === PieceType.USER_DEFINED ? [id] : [],
    );
    expect([userDefined[0], userDefined.at(-1), userDefined.length]).toEqual([4, 255_999, 245]);
    expect(new Tokenizer(tokenizer!.model()).encode("\n<end_of_turn>")).toEqual([108, 107]);
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
      /"config\.json" expected a config\.json in the archive.*got ids\.npy.*other arrays than the weights/,
    ],
    ["noise", Uint8Array.of(1, 2, 3), /got a file of unknown kind/],
  ])("says what it is given instead: %s", async (_, bytes, message) => {
    const error = (await rejection(openCheckpoint(bytesSource(bytes, "x")))) as Error;
    expect(error).toBeInstanceOf(FormatError);
    expect(error.message).toMatch(message);
  });

  it("asks for one of several GGUF files in a folder", async () => {
    const folder = filesFolder({ "a.gguf": F32, "b.GGUF": F32, "config.json": F32 }, "m");
    const error = (await rejection(openCheckpoint(folder))) as Error;
    expect(error).toBeInstanceOf(FormatError);
    expect(error.message).toBe(
      "openCheckpoint: m expected one .gguf file, got a.gguf, b.GGUF; open the one that you mean",
    );
  });

  it("closes the file it could not open as a checkpoint", async () => {
    let closed = 0;
    const source = { ...bytesSource(Uint8Array.of(1)), close: async () => void closed++ };
    await rejection(openCheckpoint(source));
    expect(closed).toBe(1);
  });
});
