/**
 * Whole checkpoints with one thing wrong, loaded as a user would: each is refused with a typed error
 * that names file, field, what was expected, what came, and the next step.
 */
import { describe, expect, it } from "vitest";
import { ArgumentError, FormatError, GemmaError, UnsupportedError } from "../../src/errors.ts";
import { Gemma } from "../../src/gemma.ts";
import { filesFolder } from "../../src/source/folder.ts";
import { BASE, modelProto } from "../support/files/model-proto-writer.ts";
import { safetensorsFile } from "../support/files/safetensors-file.ts";
import { readFixture } from "../support/goldens.ts";

type Files = Record<string, Uint8Array>;
type Json = Record<string, unknown>;
interface Entry {
  dtype: string;
  shape: number[];
  data_offsets: [number, number];
}
interface Refusal {
  readonly kind: typeof GemmaError;
  readonly file: string | undefined;
  readonly argument: string | undefined;
  readonly expected: string | RegExp;
  readonly got: string | RegExp;
  readonly hint: string | RegExp;
}

const read = (name: string) => readFixture(`tiny-stories-it/${name}`);
const WEIGHTS = read("model.safetensors");
const FILES: Files = {
  "config.json": read("config.json"),
  "model.safetensors": WEIGHTS,
  "tokenizer.model": read("tokenizer.model"),
};
const CONFIG = JSON.parse(new TextDecoder().decode(FILES["config.json"])) as Json;
const encode = (text: string) => new TextEncoder().encode(text);
const NORM = "model.norm.weight";
const Q = "model.layers.0.self_attn.q_proj.weight";

/** Files with another config. */
function config(change: Json | string): Files {
  const text = typeof change === "string" ? change : JSON.stringify({ ...CONFIG, ...change });
  return { ...FILES, "config.json": encode(text) };
}

const headerLength = Number(new DataView(WEIGHTS.buffer).getBigUint64(0, true));
const DATA = WEIGHTS.subarray(8 + headerLength);
const HEADER = JSON.parse(new TextDecoder().decode(WEIGHTS.subarray(8, 8 + headerLength)));

/** Files with another header of the weights. */
function header(change: (header: Record<string, Entry>) => unknown): Files {
  const copy = structuredClone(HEADER);
  return { ...FILES, "model.safetensors": safetensorsFile(change(copy) ?? copy, DATA) };
}

/** Changes the entry of the final norm. */
const set = (change: Partial<Entry>) => (entries: Record<string, Entry>) => {
  Object.assign(entries[NORM], change);
};

/** The final norm under a name that no weight has, and that no weight is missed for. */
const renamed = header(({ [NORM]: entry, ...rest }) => ({ ...rest, "rotary_emb.inv_freq": entry }));

function lengthField(length: bigint): Files {
  const bytes = WEIGHTS.slice();
  new DataView(bytes.buffer).setBigUint64(0, length, true);
  return { ...FILES, "model.safetensors": bytes };
}

async function refusal(
  files: Files,
  use: (gemma: Gemma) => unknown = () => {},
): Promise<GemmaError> {
  try {
    const gemma = await Gemma.load(filesFolder(files, "m"));
    await use(gemma);
  } catch (error) {
    expect(error).toBeInstanceOf(GemmaError);
    return error as GemmaError;
  }
  throw new Error("accepted");
}

function expectFields(error: GemmaError, { kind, ...fields }: Refusal): void {
  expect(error).toBeInstanceOf(kind);
  for (const [name, wanted] of Object.entries(fields)) {
    const said = error[name as keyof GemmaError];
    if (wanted instanceof RegExp) expect(said).toMatch(wanted);
    else expect([name, said]).toEqual([name, wanted]);
  }
}

it("the files are right before anything is changed in them", async () => {
  const gemma = await Gemma.load(filesFolder(header(() => undefined)));
  expect((await gemma.logits([2])).shape).toEqual([1, 1024]);
});

const weights = (
  expected: string | RegExp,
  got: string | RegExp,
  hint: string | RegExp,
  argument?: string,
): Refusal => ({
  kind: FormatError,
  file: "model.safetensors",
  argument,
  expected,
  got,
  hint,
});
const mismatch = (argument: string, expected: string | RegExp, got: string, hint: RegExp) => ({
  ...weights(expected, got, hint, argument),
  file: "m",
});
const NO_GAP = "tensors must neither overlap nor leave a gap";
const DAMAGED = /damaged; download the file again/;
const CUT = /truncated/;
const OTHERS = "config.json and weights may be of different models";

describe("weights", () => {
  it.each<[string, Files, Refusal]>([
    [
      "an empty file",
      { ...FILES, "model.safetensors": new Uint8Array() },
      weights(/8 bytes at least/, "0 bytes", CUT),
    ],
    [
      "a file cut in the header",
      { ...FILES, "model.safetensors": WEIGHTS.slice(0, 100) },
      weights(/a header of at most 92 bytes/, "a header length of 4048", CUT),
    ],
    [
      "a file cut in the data",
      { ...FILES, "model.safetensors": WEIGHTS.slice(0, -1) },
      weights("2492672 bytes of tensors after the header", "2492671", CUT, "data"),
    ],
    [
      "a header longer than the file",
      lengthField(2n ** 32n),
      weights(/at most 2496720 bytes/, "a header length of 4294967296", CUT),
    ],
    [
      "a header length that is no number of JavaScript",
      lengthField(2n ** 63n),
      weights(/at most/, /9223372036854775808/, CUT),
    ],
    [
      "overlapping tensors",
      header(
        (h) => void Object.assign(h[NORM], { data_offsets: h[Q].data_offsets, shape: h[Q].shape }),
      ),
      weights(/to begin at 262144/, "262400", NO_GAP, "model.layers.0.input_layernorm.weight"),
    ],
    [
      "an unaligned tensor",
      header(set({ data_offsets: [262145, 262401] })),
      weights(/to begin at 262144/, "262145", NO_GAP, NORM),
    ],
    [
      "a tensor outside the file",
      header(set({ data_offsets: [1e9, 1e9 + 256] })),
      weights(/to begin at/, "262400", NO_GAP, "model.layers.0.input_layernorm.weight"),
    ],
    [
      "offsets the wrong way round",
      header((h) => void h[NORM].data_offsets.reverse()),
      weights(/256 bytes for BF16/, /^-256/, DAMAGED, NORM),
    ],
    [
      "a shape of 2⁸⁰ numbers",
      header(set({ shape: [2 ** 40, 2 ** 40] })),
      weights(/below 2\^53/, /1099511627776/, DAMAGED, NORM),
    ],
    [
      "a tensor twice",
      header((h) =>
        JSON.stringify(h).replace("{", `{${JSON.stringify(NORM)}:${JSON.stringify(h[NORM])},`),
      ),
      weights("the key once", "it twice", /get it again/, NORM),
    ],
    [
      "a missing tensor",
      renamed,
      mismatch(
        NORM,
        "a tensor of shape [128]",
        "no tensor of that name",
        /incomplete, or of another model/,
      ),
    ],
    [
      "a tensor of a layer too many",
      config({ num_hidden_layers: 3 }),
      mismatch(
        "model.layers.3.input_layernorm.weight",
        /^only the tensors of a Gemma 1/,
        "an extra tensor",
        /another model/,
      ),
    ],
    [
      "a tensor of another shape",
      header(set({ shape: [2, 64] })),
      mismatch(NORM, "a tensor of shape [128]", "[2, 64]", /different models/),
    ],
    [
      "a tensor of integers",
      header(set({ dtype: "I16" })),
      {
        ...weights("one of F64, F32, F16, BF16", "I16", /save the checkpoint in bfloat16/, NORM),
        kind: UnsupportedError,
      },
    ],
    [
      "a dtype of nobody",
      header(set({ dtype: "BF17" })),
      { ...weights(/^a dtype of the format/, '"BF17"', DAMAGED, NORM), kind: UnsupportedError },
    ],
  ])("%s", async (_, files, expected) => {
    expectFields(await refusal(files), expected);
  });
});

describe("weights in shards", () => {
  const names = Object.keys(HEADER).filter((name) => name !== "__metadata__");
  const map = Object.fromEntries(names.map((name) => [name, "a.safetensors"]));
  const sharded = (weight_map: Json, shards: Files = { "a.safetensors": WEIGHTS }): Files => {
    const { "model.safetensors": _, ...rest } = FILES;
    return {
      ...rest,
      ...shards,
      "model.safetensors.index.json": encode(JSON.stringify({ weight_map })),
    };
  };
  const index = (
    expected: string | RegExp,
    got: string | RegExp,
    hint: string | RegExp,
    argument: string,
  ) => ({
    ...weights(expected, got, hint, argument),
    file: "model.safetensors.index.json",
  });

  it("are right before anything is changed in them", async () => {
    expect((await Gemma.load(filesFolder(sharded(map)))).config.hiddenSize).toBe(128);
  });

  it.each<[string, Files, Refusal]>([
    [
      "a missing shard",
      sharded({ ...map, [NORM]: "b.safetensors" }),
      index(
        /in one folder \(2 in all\)/,
        "only a.safetensors",
        /every shard is needed/,
        "b.safetensors",
      ),
    ],
    [
      "a tensor that its shard has not",
      sharded({ ...map, "model.x": "a.safetensors" }),
      {
        ...weights(
          /the tensor, which model\.safetensors\.index\.json puts here/,
          "no such tensor",
          /different versions/,
          "model.x",
        ),
        file: "a.safetensors",
      },
    ],
    [
      "a tensor that the index has not",
      sharded(Object.fromEntries(Object.entries(map).slice(1))),
      {
        ...weights(/^only tensors that/, "an extra tensor", /different versions/, names[0]),
        file: "a.safetensors",
      },
    ],
    [
      "a shard outside the folder",
      sharded({ ...map, [NORM]: "../b.safetensors" }),
      index(/without a path/, '"../b.safetensors"', /./, NORM),
    ],
    [
      "an empty map",
      sharded({}),
      index(/from tensor names to file names/, "an empty one", /./, "weight_map"),
    ],
  ])("%s", async (_, files, expected) => {
    expectFields(await refusal(files), expected);
  });
});

describe("config", () => {
  const refused = (
    argument: string | undefined,
    expected: string | RegExp,
    got: string | RegExp,
    kind: typeof GemmaError = FormatError,
  ): Refusal => ({
    kind,
    file: "config.json",
    argument,
    expected,
    got,
    hint: /get it again|runs Gemma 1 only/,
  });
  const size = /^a positive integer, at most 2147483647$/;

  it.each<[string, Files, Refusal]>([
    [
      "an empty file",
      config(""),
      { ...refused(undefined, "a JSON object", "an empty file"), hint: "download it again" },
    ],
    ["a list", config("[]"), refused(undefined, "a JSON object", "an array")],
    [
      "a NaN",
      config('{"model_type":"gemma","hidden_size":NaN}'),
      refused(undefined, "a JSON object", /NaN/),
    ],
    [
      "200,000 brackets",
      config("[".repeat(200_000)),
      refused(undefined, "values nested at most 64 deep", /deeper/),
    ],
    [
      "UTF-16",
      { ...FILES, "config.json": new Uint8Array(new Uint16Array([0xfeff, 0x7b, 0x7d]).buffer) },
      refused(undefined, "a JSON object", /UTF-8/),
    ],
    [
      "a key twice",
      config('{"model_type":"gemma","model_type":"gemma"}'),
      refused("model_type", "the key once", "it twice"),
    ],
    [
      "fields by way of __proto__",
      config('{"__proto__":{"model_type":"gemma"}}'),
      refused("model_type", /Gemma 1/, "nothing", UnsupportedError),
    ],
    ["no width", config({ hidden_size: undefined }), refused("hidden_size", size, "nothing")],
    ["a width of zero", config({ hidden_size: 0 }), refused("hidden_size", size, "0")],
    ["a negative width", config({ hidden_size: -128 }), refused("hidden_size", size, "-128")],
    ["a fractional width", config({ hidden_size: 1.5 }), refused("hidden_size", size, "1.5")],
    ["a width in quotes", config({ hidden_size: "128" }), refused("hidden_size", size, '"128"')],
    [
      "a width beyond exact integers",
      config({ hidden_size: 2 ** 53 }),
      refused("hidden_size", size, "9007199254740992"),
    ],
    [
      "a vocabulary of 2⁴⁵",
      config({ vocab_size: 2 ** 45 }),
      refused("vocab_size", size, "35184372088832"),
    ],
    [
      "a context of 2⁵⁰",
      config({ max_position_embeddings: 2 ** 50 }),
      refused("max_position_embeddings", size, "1125899906842624"),
    ],
    [
      "2⁴⁰ layers",
      config({ num_hidden_layers: 2 ** 40 }),
      refused("num_hidden_layers", /at most 4096/, "1099511627776"),
    ],
    [
      "an infinite ε",
      config(JSON.stringify(CONFIG).replace(/"rms_norm_eps":[^,]*/, '"rms_norm_eps":1e999')),
      refused("rms_norm_eps", "a positive number", "Infinity"),
    ],
    ["a θ of zero", config({ rope_theta: 0 }), refused("rope_theta", "a positive number", "0")],
    ["an odd head", config({ head_dim: 63 }), refused("head_dim", /RoPE turns pairs/, "63")],
    [
      "heads that share unevenly",
      config({ num_key_value_heads: 3 }),
      refused("num_key_value_heads", /a divisor of num_attention_heads \(4\)/, "3"),
    ],
    [
      "an <eos> that is a text",
      config({ eos_token_id: ["<eos>"] }),
      refused("eos_token_id[0]", "a token id, or a list of them", '"<eos>"'),
    ],
    [
      "a stretched context",
      config({ rope_scaling: { type: "linear", factor: 2 } }),
      refused("rope_scaling", /every Gemma 1/, /linear/, UnsupportedError),
    ],
    [
      "a stretched context of newer files",
      config({ rope_parameters: { rope_type: "yarn", rope_theta: 10000 } }),
      refused("rope_scaling", /every Gemma 1/, '"yarn"', UnsupportedError),
    ],
    [
      "untied embeddings without an output projection",
      config({ tie_word_embeddings: false }),
      {
        kind: FormatError,
        file: "m",
        argument: "lm_head.weight",
        expected: "a tensor of that name, as the config's tie_word_embeddings is false",
        got: "none",
        hint: /^write true there if the embedding is the output projection/,
      },
    ],
    [
      "an embedding that is tied or not",
      config({ tie_word_embeddings: "maybe" }),
      refused("tie_word_embeddings", "true or false", '"maybe"'),
    ],
    ...["llama", "gemma2", "gemma3", "gemma3_text", "mistral"].map(
      (family): [string, Files, Refusal] => [
        `the family ${family}`,
        config({ model_type: family }),
        refused("model_type", /Gemma 1/, JSON.stringify(family), UnsupportedError),
      ],
    ),
  ])("%s", async (_, files, expected) => {
    expectFields(await refusal(files), expected);
  });

  it.each<[string, Json, string]>([
    ["another width than the weights'", { hidden_size: 256 }, "[1024, 128]"],
    ["another MLP than the weights'", { intermediate_size: 2 ** 30 }, "[512, 128]"],
    ["other heads than the weights'", { head_dim: 128 }, "[256, 128]"],
  ])("%s", async (_, change, got) => {
    const error = await refusal(config(change));
    expectFields(error, {
      kind: FormatError,
      file: "m",
      argument: error.argument,
      expected: /^a tensor of shape/,
      got,
      hint: OTHERS,
    });
  });
});

describe("tokenizer", () => {
  const refused = (argument: string, expected: string | RegExp, got: string): Refusal => ({
    kind: FormatError,
    file: "m/tokenizer.model",
    argument,
    expected,
    got,
    hint: /different models; get both from one place/,
  });
  const letters = (count: number) => Array.from({ length: count }, (_, i) => [`p${i}`] as const);
  const tokenizer = (bytes: Uint8Array): Files => ({ ...FILES, "tokenizer.model": bytes });

  it.each<[string, Files, Refusal]>([
    [
      "a larger vocabulary than the model's",
      tokenizer(modelProto([...BASE, ...letters(2000)])),
      refused("pieces", /^896 to 1024 pieces/, "2003"),
    ],
    [
      "a much smaller one",
      tokenizer(modelProto([...BASE, ...letters(500)])),
      refused("pieces", /^896 to 1024 pieces/, "503"),
    ],
    [
      "one whose <bos> is another",
      tokenizer(modelProto([...BASE, ...letters(1000)])),
      refused("<bos>", /^id 2, as the config's bos_token_id/, 'id 1; 2 is "</s>"'),
    ],
  ])("%s", async (_, files, expected) => {
    expectFields(await refusal(files), expected);
  });

  it("none, when text is asked for", async () => {
    const { "tokenizer.model": _, ...files } = FILES;
    const error = await refusal(files, (gemma) => gemma.generate("Once"));
    expectFields(error, {
      kind: ArgumentError,
      file: undefined,
      argument: "tokenizer",
      expected: "a tokenizer.model in m",
      got: "no tokenizer",
      hint: /pass token ids/,
    });
  });
});

describe("prompts", () => {
  const long = new Array(600).fill(5);
  const uses: Record<string, (gemma: Gemma, ids: number[]) => unknown> = {
    generate: (gemma, ids) => gemma.generate(ids).text(),
    logits: (gemma, ids) => gemma.logits(ids),
    score: (gemma, ids) => gemma.score(ids),
    trace: (gemma, ids) => gemma.trace(ids, { names: ["logits"] }),
  };

  it.each(Object.entries(uses))(
    "%s refuses ids outside the vocabulary, none, and too many",
    async (name, use) => {
      for (const id of [1024, -1]) {
        const error = await refusal(FILES, (gemma) => use(gemma, [2, id]));
        expectFields(error, {
          kind: ArgumentError,
          file: undefined,
          argument: "ids[1]",
          expected: "an integer from 0 to 1023",
          got: `${id}`,
          hint: /different vocabularies/,
        });
      }
      for (const [ids, hint] of [
        [[], /BOS|longer text/],
        [long, /shorten the/],
      ] as const) {
        const error = await refusal(FILES, (gemma) => use(gemma, [...ids]));
        const common = { kind: ArgumentError, file: undefined, hint };
        // An empty list may stand for no ids or for no prompts.
        if (name === "generate" && ids.length === 0) {
          expectFields(error, { ...common, argument: "prompt", expected: /prompts/, got: "[]" });
        } else {
          const got = /^(0|600|599)$/;
          expectFields(error, { ...common, argument: "ids", expected: /tokens/, got });
        }
      }
    },
  );

  it("a text longer than the context is refused before anything is computed", async () => {
    const error = await refusal(FILES, (gemma) => gemma.generate("fox ".repeat(600)).text());
    expectFields(error, {
      kind: ArgumentError,
      file: undefined,
      argument: "ids",
      expected: /^1 to 512 tokens/,
      got: "603",
      hint: /shorten the prompt/,
    });
  });
});
