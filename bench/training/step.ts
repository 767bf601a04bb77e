/**
 * A step of training, in the structure of tiny-stories-it: plain JavaScript, SIMD matmuls, PyTorch and jax-js in turn, on the same
 * weights and the same 16 sequences of 58 tokens.
 *
 *     npx tsx bench/training/step.ts [--rounds 7] [--torch python3] [--jax-js bench/peers]
 *
 * `forward` is the loss without gradients, `step` the loss and the gradients of all weights, `update` clipping and AdamW. The
 * best round of each counts, by the clock and by the time that all processors together have worked: the latter is much the same
 * on a busy machine. `--jax-js` is a folder where `@jax-js/jax` is installed. Exit code 1 if losses differ.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { simdMatmuls } from "../../src/backend/wasm/matmuls/simd-matmuls.ts";
import { xoshiro128 } from "../../src/random.ts";
import { adamW } from "../../src/training/optimizer/adamw.ts";
import { clipByGlobalNorm } from "../../src/training/optimizer/clip.ts";
import { TrainableModel } from "../../src/training/trainable.ts";
import { pause } from "../peers/comparison.ts";
import { jaxJsGemma } from "./jax-js-gemma.ts";
import { STRUCTURE } from "./structure.ts";
import { type Answer, torchGemma } from "./torch-gemma.ts";

const { values: options } = parseArgs({
  options: {
    rounds: { type: "string", default: "7" },
    torch: { type: "string" },
    "jax-js": { type: "string" },
  },
});
const [B, T] = [16, 58];
const config = STRUCTURE;
const random = xoshiro128(1);
const ids = Int32Array.from({ length: B * T }, () => Math.floor(random() * config.vocabSize));
const mask = Array.from({ length: T }, (_, t) => (t > 0 ? 1 : 0));
const sequences = Array.from({ length: B }, (_, b) => ({
  ids: ids.subarray(b * T, (b + 1) * T),
  mask,
}));
const targets = B * (T - 1);

/** What computes, and how: each gives a loss, or what another process says. */
interface Contestant {
  readonly name: string;
  readonly work: Readonly<Record<string, () => Promise<number | Answer> | number>>;
}

async function ours(name: string, matmuls?: ReturnType<typeof simdMatmuls>): Promise<Contestant> {
  const model = await TrainableModel.random(config, { seed: 1, matmuls });
  const optimizer = adamW();
  const parameters = [...model.parameters.values()];
  return {
    name,
    work: {
      async forward() {
        const logprobs = await model.logprobs(sequences);
        const sum = (one: Float64Array) => one.reduce((total, p) => total + p, 0);
        return -logprobs.reduce((total, one) => total + sum(one), 0) / targets;
      },
      async step() {
        model.zeroGradients();
        return (await model.accumulate(sequences, { normalizer: targets })).loss;
      },
      update() {
        clipByGlobalNorm(parameters, 1);
        optimizer.step(parameters, 0); // 0, so that all rounds have the same weights
        return Number.NaN;
      },
    },
  };
}

const weights = (await TrainableModel.random(config, { seed: 1 })).parameters;
const contestants: Contestant[] = [
  await ours("plain JavaScript"),
  await ours("SIMD matmuls", simdMatmuls()),
];
const folder = mkdtempSync(join(tmpdir(), "step-"));
const ends: (() => void)[] = [() => rmSync(folder, { recursive: true })];
if (options.torch) {
  const files = { model: join(folder, "model.json"), weights: join(folder, "weights") };
  const shapes = [...weights.values()].map(({ name, shape }) => [name, shape]);
  const rows = sequences.map((one) => [...one.ids]);
  writeFileSync(files.model, JSON.stringify({ config, weights: shapes, ids: rows }));
  const numbers = [...weights.values()].map(({ data }) => Buffer.from(data.slice().buffer));
  writeFileSync(files.weights, Buffer.concat(numbers));
  for (const threads of [1, 2]) {
    const torch = torchGemma(options.torch, files.model, files.weights, threads);
    ends.push(torch.end);
    const ask = (what: string) => () => torch.ask(what);
    const work = { forward: ask("forward"), step: ask("step") };
    contestants.push({ name: `PyTorch, ${threads} thread${threads > 1 ? "s" : ""}`, work });
  }
}
if (options["jax-js"]) {
  const from = createRequire(resolve(options["jax-js"], "package.json"));
  const jax = await import(pathToFileURL(from.resolve("@jax-js/jax")).href);
  const weightOf = (name: string) => {
    const { data, shape } = weights.get(name) as { data: Float32Array; shape: readonly number[] };
    return { data, shape };
  };
  const model = await jaxJsGemma(jax.default ?? jax, config, weightOf, { sequences: B, length: T });
  const work = { forward: () => model.forward(ids), step: () => model.step(ids) };
  contestants.push({ name: "jax-js, wasm", work });
}

/** Milliseconds by the clock, and of all processors. */
interface Times {
  clock: number;
  processor: number;
}
const best = new Map<string, Times>();
const losses: number[] = [];
for (let round = 0; round < Number(options.rounds); round++) {
  for (const { name, work } of contestants) {
    for (const [what, run] of Object.entries(work)) {
      await pause();
      const used = process.cpuUsage();
      const begin = performance.now();
      const answer = await run();
      const clock = performance.now() - begin;
      const { user, system } = process.cpuUsage(used);
      const isOther = typeof answer !== "number";
      const processor = isOther ? answer.processor : (user + system) / 1000;
      const known = best.get(`${name} ${what}`) ?? { clock, processor };
      known.clock = Math.min(known.clock, clock);
      known.processor = Math.min(known.processor, processor);
      best.set(`${name} ${what}`, known);
      const loss = isOther ? answer.loss : answer;
      if (!Number.isNaN(loss)) losses.push(loss);
    }
  }
}

console.log(
  `Node ${process.version}, ${B} sequences of ${T} tokens, best of ${options.rounds} rounds in turn`,
);
for (const by of ["clock", "processor"] as const) {
  const timeOf = (name: string, what: string) => best.get(`${name} ${what}`)?.[by] ?? Number.NaN;
  const plain = timeOf(contestants[0].name, "step");
  console.log(
    `\n${`by the ${by}`.padEnd(18)}  forward     step  step/forward   update  tokens/s  × plain`,
  );
  for (const { name } of contestants) {
    const [forward, step] = [timeOf(name, "forward"), timeOf(name, "step")];
    const update = timeOf(name, "update");
    console.log(
      [
        name.padEnd(18),
        `${forward.toFixed(0)} ms`.padStart(8),
        `${step.toFixed(0)} ms`.padStart(8),
        (step / forward).toFixed(2).padStart(13),
        (Number.isNaN(update) ? "" : `${update.toFixed(0)} ms`).padStart(8),
        ((B * T * 1000) / step).toFixed(0).padStart(9),
        (plain / step).toFixed(2).padStart(8),
      ].join(" "),
    );
  }
}
for (const end of ends) end();
// float32 sums of a few hundred products along ten layers: a digit more than float32 has is lost.
const spread = Math.max(...losses) - Math.min(...losses);
console.log(`\nlosses ${losses[0].toFixed(6)}, apart by ${spread.toExponential(1)}`);
process.exit(spread < 1e-5 ? 0 : 1);
