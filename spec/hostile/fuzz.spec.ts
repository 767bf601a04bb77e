/**
 * Checkpoints with their texts rewritten at random: a model that answers, or a typed error. The formats
 * are fuzzed beside their readers: spec/checkpoint/{safetensors,gguf-header,npy,npz}.spec.ts and
 * spec/tokenizer/tokenizer.spec.ts.
 */
import fc from "fast-check";
import { expect, it } from "vitest";
import { eosTokenIds } from "../../src/config.ts";
import { GemmaError } from "../../src/errors.ts";
import { Gemma } from "../../src/gemma.ts";
import { fromHfConfig } from "../../src/hf-config.ts";
import { filesFolder } from "../../src/source/folder.ts";
import {
  PIECES,
  randomWeights,
  SINGLE,
  CONFIG as SMALL,
  safetensors,
} from "../support/files/small-checkpoint.ts";
import { damaged, IS_LONG, type Json, jsonText, mutatedJson, RUNS } from "../support/fuzz.ts";
import { readFixture, readJson } from "../support/goldens.ts";

const CONFIG = readJson<{ [key: string]: Json }>("mqa/config.json");
const WEIGHTS = readFixture("mqa/model.safetensors");
const encode = (value: Json) => new TextEncoder().encode(jsonText(value));
const EXPECTED = (
  await Gemma.load(
    filesFolder({ "config.json": encode(CONFIG), "model.safetensors": WEIGHTS }),
  ).then((gemma) => gemma.logits([2, 7]))
).data;

/** A model is loaded in each of these cases, which takes ten times as long as what is refused at once. */
const MODEL_RUNS = IS_LONG ? RUNS : 250;

/** Whether `files` load; then they must answer, and a config that says the same answers the same. */
async function loads(files: Record<string, Uint8Array>): Promise<boolean> {
  return answers(files, async (gemma) => {
    const { data } = await gemma.logits([2, 7]);
    const { rmsNormEps, ropeTheta, numAttentionHeads, numKeyValueHeads, headDim } = gemma.config;
    const same = [rmsNormEps, ropeTheta, numAttentionHeads, numKeyValueHeads, headDim];
    const V = gemma.config.vocabSize;
    expect(data).toHaveLength(2 * V);
    // The table has 320 rows; a config may count fewer, as padding.
    const kept = EXPECTED.filter((_, i) => i % 320 < V);
    if (same.join() === [1e-6, 10000, 4, 1, 16].join()) expect(data).toEqual(kept);
  });
}

/** Whether `files` load and all that `use` asks is answered; else the error must be one of ours, and readable. */
async function answers(
  files: Record<string, Uint8Array>,
  use: (gemma: Gemma) => Promise<void>,
): Promise<boolean> {
  try {
    const gemma = await Gemma.load(filesFolder(files), { onWarning: () => {} });
    await use(gemma);
    await gemma.dispose();
    return true;
  } catch (error) {
    if (!(error instanceof GemmaError)) throw error;
    expect(error.op).not.toBe("");
    expect(error.expected).not.toBe("");
    expect(error.message.length).toBeLessThan(5000);
    expect(error.message).not.toMatch(/\p{Cc}/u);
    return false;
  }
}

it("any config is refused, or keeps what every config promises", () => {
  fc.assert(
    fc.property(fc.oneof(mutatedJson(CONFIG), fc.jsonValue()), (json) => {
      try {
        const config = fromHfConfig(json);
        const { tieWordEmbeddings: tied, eosTokenId: _, ...rest } = config;
        const { numAttentionHeads: N, numKeyValueHeads: K, headDim: H, vocabSize: V } = config;
        for (const value of [...Object.values(rest), ...eosTokenIds(config)]) {
          expect(Number.isFinite(value)).toBe(true);
        }
        expect([undefined, false]).toContain(tied);
        expect([N % K, H % 2]).toEqual([0, 0]);
        expect(Math.max(config.bosTokenId, ...eosTokenIds(config), config.padTokenId)).toBeLessThan(
          V,
        );
      } catch (error) {
        if (!(error instanceof GemmaError)) throw error;
      }
    }),
    { numRuns: RUNS },
  );
});

it("a folder whose config was rewritten is refused, or answers", async () => {
  let answered = 0;
  await fc.assert(
    fc.asyncProperty(mutatedJson(CONFIG), async (json) => {
      const files = { "config.json": encode(json), "model.safetensors": WEIGHTS };
      if (await loads(files)) answered++;
    }),
    { numRuns: MODEL_RUNS },
  );
  expect(answered).toBeGreaterThan(0); // else nothing came past the config
});

it("a folder whose config has other bytes is refused, or answers", async () => {
  await fc.assert(
    fc.asyncProperty(damaged(encode(CONFIG)), async (bytes) => {
      await loads({ "config.json": bytes, "model.safetensors": WEIGHTS });
    }),
    { numRuns: MODEL_RUNS },
  );
});

it("a folder whose index was rewritten is refused, or answers as before", async () => {
  const header = new TextDecoder().decode(WEIGHTS.subarray(8, 8 + 2056));
  const names = Object.keys(JSON.parse(header)).filter((name) => name !== "__metadata__");
  const shard = "model-00001-of-00001.safetensors";
  const index = {
    metadata: { total_size: 1 },
    weight_map: Object.fromEntries(names.map((name) => [name, shard])),
  };
  let answered = 0;
  await fc.assert(
    fc.asyncProperty(mutatedJson(index), async (json) => {
      const files = {
        "config.json": encode(CONFIG),
        [shard]: WEIGHTS,
        "model.safetensors.index.json": encode(json),
      };
      if (await loads(files)) answered++;
    }),
    { numRuns: MODEL_RUNS },
  );
  expect(answered).toBeGreaterThan(0);
});

const TEMPLATE =
  "{% for m in messages %}{{'<|im_start|>' + m['role'] + '\n' + m['content'] + '<|im_end|>' + '\n'}}{% endfor %}" +
  "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}";
const V = PIECES.length;
const ADDED: { [id: string]: Json } = {
  [V]: { content: "<|im_start|>" },
  [V + 1]: { content: "<|im_end|>", special: true },
};
const BESIDE: { [key: string]: Json } = {
  "tokenizer_config.json": {
    tokenizer_class: "GemmaTokenizer",
    bos_token: "<bos>",
    eos_token: { content: "<eos>" },
    add_bos_token: true,
    added_tokens_decoder: ADDED,
    chat_template: TEMPLATE,
  },
  "generation_config.json": { bos_token_id: 2, eos_token_id: [1, V + 1], pad_token_id: 0 },
  "added_tokens.json": { "<|im_start|>": V, "<|im_end|>": V + 1 },
  "special_tokens_map.json": { bos_token: "<bos>", eos_token: { content: "<eos>" } },
  "tokenizer.json": {
    added_tokens: [
      { id: 2, content: "<bos>", special: true },
      { id: V, content: "<|im_start|>", special: true, normalized: false },
    ],
    model: {
      type: "BPE",
      byte_fallback: true,
      vocab: Object.fromEntries(PIECES.map(([piece], id) => [piece, id])),
      merges: ["t h", "th e"],
    },
  },
};
const ROWS = V + 2;
const CONFIG_OF_ROWS = { ...SMALL, vocab_size: ROWS };
const WITH_ROWS = {
  ...SINGLE,
  "config.json": encode(CONFIG_OF_ROWS),
  "model.safetensors": safetensors(await randomWeights(CONFIG_OF_ROWS)),
};

it("a folder with a rewritten file beside the weights is refused, or answers", async () => {
  const anyFile = fc.oneof(
    ...Object.entries(BESIDE).map(([name, json]) =>
      fc.record({ name: fc.constant(name), json: mutatedJson(json) }),
    ),
  );
  const answered = new Set<string>();
  await fc.assert(
    fc.asyncProperty(anyFile, async ({ name, json }) => {
      const files = { ...WITH_ROWS, [name]: encode(json) };
      const answer = await answers(files, async (gemma) => {
        const ids = gemma.encode("<|im_start|>the<|im_end|>", { special: true });
        expect(ids.every((id) => Number.isInteger(id) && id >= 0 && id < ROWS)).toBe(true);
        expect(typeof gemma.decode(ids)).toBe("string");
        await gemma.generate("the", { maxTokens: 2 }).text();
        await gemma.chat().send("the", { maxTokens: 2 }).text();
      });
      if (answer) answered.add(name);
    }),
    { numRuns: MODEL_RUNS },
  );
  expect([...answered].sort()).toEqual(Object.keys(BESIDE).sort()); // else only refusals were tried
});
