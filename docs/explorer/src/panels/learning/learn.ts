/**
 * Learning, in the worker: `sft` of the library, pulled a step at a time. Who stops it pulls no further, so that nothing is
 * lost, and who goes on pulls again. The model of the page is only read from.
 * @module
 */
import { cpuBackend } from "../../../../../src/backend/cpu/cpu.ts";
import { wasmUnavailable } from "../../../../../src/backend/wasm/machine.ts";
import { simdMatmuls } from "../../../../../src/backend/wasm/matmuls/simd-matmuls.ts";
import { turnOfTheEventLoop } from "../../../../../src/event-loop.ts";
import { generate } from "../../../../../src/generation/generate.ts";
import { Model } from "../../../../../src/model/model.ts";
import type { StepReport } from "../../../../../src/training/run/trainer.ts";
import { TrainableModel } from "../../../../../src/training/trainable.ts";
import { loraModel } from "../../../../../src/tuning/lora/lora.ts";
import { type SftReport, sft } from "../../../../../src/tuning/sft.ts";
import type { Call } from "../../answers/call.ts";
import { REFERENCE, type Subject } from "../../answers/subject.ts";
import type { PartOf } from "../../messages.ts";
import {
  ANSWER_TOKENS,
  BATCH,
  type LearningQuestion,
  type LearningSettings,
  type Said,
} from "./question.ts";

interface Run {
  readonly model: TrainableModel;
  readonly steps: number;
  readonly reports: StepReport[];
  readonly source: AsyncGenerator<SftReport, void, undefined>;
  /** That its steps took, pauses left out. */
  milliseconds: number;
}

/** The run that is kept, and the call that is being worked. */
let run: Run | undefined;
let working: Promise<unknown> = Promise.resolve();

/** @param subject the model that came with the page. */
export function learnOf(
  subject: Subject,
  ask: LearningQuestion["ask"],
  call: Call<PartOf<"learning">>,
): Promise<LearningQuestion["answer"]> {
  // One call at a time: a step that was begun is finished first.
  const mine = working.then(() => answered(subject, ask, call));
  working = mine.catch(() => {});
  return mine;
}

async function answered(
  subject: Subject,
  ask: LearningQuestion["ask"],
  call: Call<PartOf<"learning">>,
): Promise<LearningQuestion["answer"]> {
  const { question } = ask;
  call.signal.throwIfAborted();
  if (ask.kind === "begin") {
    run = undefined;
    run = await beginning(subject, ask.rows, ask.settings);
  } else {
    // Steps that ended while nobody listened.
    for (const report of run?.reports.slice(ask.known) ?? []) call.tell({ report });
  }
  await say(subject, undefined, question, call);
  if (run && ask.kind !== "answer") await learn(run, call);
  if (run && run.reports.length > 0) await say(subject, run, question, call);
  return { step: run?.reports.length ?? 0 };
}

async function beginning(
  { gemma }: Subject,
  rows: string,
  { rank, rate, steps }: LearningSettings,
): Promise<Run> {
  const { tokenizer } = gemma;
  if (!tokenizer) throw new Error("the model came without a tokenizer");
  const source = { config: gemma.config, tensors: gemma.model.sources };
  const matmuls = wasmUnavailable() === undefined ? simdMatmuls() : undefined;
  const model =
    rank === undefined
      ? await TrainableModel.from(source, { matmuls })
      : (await loraModel(source, { r: rank, matmuls })).model;
  const examples = rows.trimEnd().split("\n");
  const options = { tokenizer, batchSize: BATCH, learningRate: rate, steps };
  const reports = sft(
    model,
    examples.map((row) => JSON.parse(row)),
    options,
  );
  return { model, steps, reports: [], source: reports, milliseconds: 0 };
}

/** Steps until the last, or until nobody waits any more. */
async function learn(begun: Run, { tell, signal }: Call<PartOf<"learning">>): Promise<void> {
  while (begun.reports.length < begun.steps) {
    signal.throwIfAborted();
    const before = performance.now();
    const { value: found } = await begun.source.next();
    if (!found) return;
    begun.milliseconds += performance.now() - before;
    const left = begun.steps - found.step;
    // The library's counts the pauses.
    const secondsLeft = (left * begun.milliseconds) / (1000 * found.step);
    const report = { ...found, secondsLeft };
    begun.reports.push(report);
    tell({ report });
    await turnOfTheEventLoop(); // a stop is heard
  }
}

/** What the model as it came has answered last. */
let first: Said | undefined;

/** Lets a model answer, greedily: one that has learnt, or that of the page. */
async function say(
  { gemma }: Subject,
  learnt: Run | undefined,
  question: string,
  { tell, signal }: Call<PartOf<"learning">>,
): Promise<void> {
  if (!learnt && first?.question === question) {
    tell({ said: first });
    return;
  }
  const { config, tokenizer } = gemma;
  const prompt = gemma.encodeChat([{ role: "user", content: question }]);
  const step = learnt?.reports.length ?? 0;
  const { precision } = REFERENCE;
  const own = learnt && {
    model: await Model.load({
      config,
      tensors: learnt.model.tensors(),
      backend: cpuBackend({ precision }),
    }),
  };
  try {
    const model = own?.model ?? gemma.model;
    let text = "";
    const options = { maxTokens: ANSWER_TOKENS, signal };
    const generation = generate(model as Model, tokenizer, prompt, options);
    for await (const { text: more } of generation) {
      text += more;
      tell({ said: { question, step, text, isWhole: false, isCut: false } });
      await turnOfTheEventLoop();
    }
    signal.throwIfAborted();
    const said = {
      question,
      step,
      text,
      isWhole: true,
      isCut: generation.finishReason === "length",
    };
    if (!learnt) first = said;
    tell({ said });
  } finally {
    own?.model.dispose();
  }
}
