/**
 * Prompt-lookup decoding beside plain decoding:
 *
 *     npx tsx bench/lookup.ts [--rounds N] [--prompts N] [--layers N] [--dtype T]
 *
 * 1. The bundled tiny model, backend wasm: `--prompts` prompts (default 200), each greedy and drawn, with and without; the
 *    tokens have to be the same ones. Exit code 1 if they are not.
 * 2. Tokens/s of an answer that repeats its prompt, and of some that do not: with and without in turns, and the median of each
 *    round's ratio. A logits processor makes the model quote (`quoting`), with drafts and without.
 * 3. The same with synthetic weights of the 2B's shapes and `--layers` layers (default 4), where `--dtype` is given.
 */
import { parseArgs } from "node:util";
import type { Backend } from "../src/backend/backend.ts";
import { wasmBackend } from "../src/backend/wasm/wasm.ts";
import { type SyntheticDType, syntheticWeights } from "../src/bench/synthetic.ts";
import { GEMMA_2B } from "../src/config.ts";
import { Gemma } from "../src/gemma.ts";
import { generate } from "../src/generation/generate.ts";
import { Model } from "../src/model/model.ts";
import { tinyModelPath } from "../src/node/tiny-model.ts";
import { xoshiro128 } from "../src/random.ts";

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "15" },
    prompts: { type: "string", default: "200" },
    layers: { type: "string", default: "4" },
    dtype: { type: "string" },
  },
});
const rounds = Number(values.rounds);

/** An answer's ids, and how it came. */
async function answer(
  model: Model,
  ids: readonly number[],
  options: object,
): Promise<{ tokens: number[]; logprobs: number[]; rate: number; usage: string }> {
  const generation = generate(model, undefined, ids, { ignoreEos: true, ...options });
  const [tokens, logprobs]: [number[], number[]] = [[], []];
  for await (const step of generation) {
    tokens.push(step.token);
    logprobs.push(step.logprob);
  }
  const { tokensPerSecond = 0, draftedTokens = 0, acceptedTokens = 0 } = generation.usage;
  const usage = `${acceptedTokens} of ${draftedTokens} drafted tokens right`;
  return { tokens, logprobs, rate: tokensPerSecond, usage };
}

/** Ids of `sentences` random sentences; every other prompt has one of them twice. */
function randomPrompt(gemma: Gemma, seed: number): number[] {
  const random = xoshiro128(seed);
  const one = <T>(of: readonly T[]): T => of[Math.floor(random() * of.length)];
  const sentence = () =>
    `${one(["One day", "In the morning", "Then", "At night"])} ${one(["Mira", "Sam", "Otto", "Ana"])} the ${one(["fox", "crow", "rabbit", "owl"])} ${one(["found", "lost", "saw", "wanted"])} a ${one(["red", "green", "golden", "blue"])} ${one(["ball", "coin", "drum", "basket"])}.`;
  const text = Array.from({ length: 1 + Math.floor(random() * 4) }, sentence);
  if (seed % 2 === 0) text.push(...text);
  return gemma.encode(text.join(" "));
}

async function sameOn(gemma: Gemma, prompts: number): Promise<boolean> {
  let [different, accepted, tokens] = [0, 0, 0];
  for (let p = 0; p < prompts; p++) {
    const ids = randomPrompt(gemma, p);
    for (const how of [{}, { temperature: 0.8, topP: 0.95, seed: p }]) {
      const quotes = p % 4 < 2 ? {} : { logitsProcessor: quoting(p % 4 === 2 ? 30 : 9) };
      const options = { maxTokens: 80, ...how, ...quotes };
      const plain = await answer(gemma.model, ids, options);
      const drafted = await answer(gemma.model, ids, { ...options, promptLookup: { ngram: 2 } });
      tokens += plain.tokens.length;
      accepted += Number.parseInt(drafted.usage, 10);
      const isSame =
        plain.tokens.join() === drafted.tokens.join() &&
        plain.logprobs.join() === drafted.logprobs.join();
      if (!isSame) different++;
    }
  }
  console.log(
    `${prompts} prompts, greedy and drawn: ${different} answers differ in a token or a log-probability; ${tokens} tokens, ${accepted} of them from drafts`,
  );
  return different === 0;
}

/** The ratio of tokens/s with and without, of the same answer. */
async function ratio(what: string, model: Model, ids: readonly number[], options: object) {
  const rates = { plain: [] as number[], drafted: [] as number[], ratio: [] as number[] };
  let usage = "";
  for (let round = 0; round < rounds + 2; round++) {
    const [a, b] = round % 2 === 0 ? [false, true] : [true, false];
    const results = new Map<boolean, Awaited<ReturnType<typeof answer>>>();
    for (const promptLookup of [a, b]) {
      results.set(promptLookup, await answer(model, ids, { ...options, promptLookup }));
    }
    const [plain, drafted] = [results.get(false), results.get(true)];
    if (plain?.tokens.join() !== drafted?.tokens.join()) throw new Error(`${what}: other tokens`);
    if (round < 2) continue; // warms up
    rates.plain.push(plain?.rate ?? 0);
    rates.drafted.push(drafted?.rate ?? 0);
    rates.ratio.push((drafted?.rate ?? 0) / (plain?.rate ?? 1));
    usage = drafted?.usage ?? "";
  }
  const median = (numbers: number[]) => numbers.sort((x, y) => x - y)[numbers.length >> 1];
  const [plain, drafted] = [median(rates.plain), median(rates.drafted)];
  console.log(
    `${what.padEnd(44)} ${plain.toFixed(1)} → ${drafted.toFixed(1)} tokens/s, ${median(rates.ratio).toFixed(2)}×; ${usage}`,
  );
}

/**
 * A model that quotes: where its last three tokens have stood before, the one that followed them becomes more probable, as in
 * a model that is asked to correct, to translate or to sum up. A model of tales does not do so by itself.
 * @param by how much: 30 is always enough, 9 now and then.
 */
function quoting(by: number) {
  return (logits: Float64Array, tokens: readonly number[]): void => {
    const end = tokens.length - 1;
    for (let at = end - 1; at > 1; at--) {
      if ([0, 1, 2].some((back) => tokens[at - back] !== tokens[end - back])) continue;
      logits[tokens[at + 1]] += by;
      return;
    }
  };
}

/** Greedy and drawn, of each prompt. */
async function speeds(
  name: string,
  model: Model,
  prompts: Readonly<Record<string, readonly number[]>>,
  options: object,
): Promise<void> {
  for (const [what, ids] of Object.entries(prompts)) {
    await ratio(`${name}, ${what}, greedy`, model, ids, options);
    await ratio(`${name}, ${what}, drawn`, model, ids, { ...options, temperature: 0.7, seed: 1 });
  }
}

const gemma = await Gemma.load(tinyModelPath(), { backend: "wasm" });
const isSame = await sameOn(gemma, Number(values.prompts));
const story = gemma.encode(
  "Mira the fox lived in a wood. One day Mira found a golden coin near the old tree. She took the coin home and put it by the window. ",
);
const twice = [...story, ...story.slice(1)];
const quotes = (by: number) => ({ maxTokens: 160, logitsProcessor: quoting(by) });
await speeds("tiny", gemma.model, { "repeats itself": twice }, quotes(30));
await speeds("tiny", gemma.model, { "does now and then": twice }, quotes(9));
const others = [1, 3, 5].map((seed) => [`does not (${seed})`, randomPrompt(gemma, seed)] as const);
await speeds("tiny", gemma.model, Object.fromEntries(others), { maxTokens: 160 });
await gemma.dispose();

if (values.dtype) {
  const backend = wasmBackend() as unknown as Backend;
  const config = { ...GEMMA_2B, numHiddenLayers: Number(values.layers) };
  const tensors = syntheticWeights(config, values.dtype as SyntheticDType);
  const model = await Model.load({ config, tensors, backend });
  const random = xoshiro128(1);
  const ids = Array.from({ length: 60 }, () => 5 + Math.floor(random() * 200_000));
  const name = `2B, ${values.layers} layers, ${values.dtype}`;
  const again = { "repeats itself": [...ids, ...ids] };
  await speeds(name, model, again, { maxTokens: 64, logitsProcessor: quoting(1e6) });
  await speeds(name, model, { "does not": ids }, { maxTokens: 64 });
  model.dispose();
  backend.dispose();
}
process.exit(isSame ? 0 : 1);
