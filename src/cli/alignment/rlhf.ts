/**
 * `rlhf`: prompts read, a policy that learns from what a judge says of its answers, and how far that brought it.
 * @module
 */
import { basename } from "node:path";
import type { EstimatedOptimum } from "../../preference/exact/estimate-optimum.ts";
import { hackingMonitor } from "../../preference/monitor/hacking.ts";
import { type RlhfReport, rlhf } from "../../preference/rlhf/rlhf.ts";
import { askedPrompts } from "../../preference/rollout/prompts.ts";
import type { JsonValue } from "../../source/json.ts";
import { constant } from "../../training/optimizer/schedule.ts";
import { TrainableModel } from "../../training/trainable.ts";
import { type COMMON_OPTIONS, UsageError, type Values } from "../command.ts";
import type { Io } from "../io.ts";
import { modelName } from "../options/model.ts";
import { styleFor } from "../terminal/style.ts";
import { assertOutputs, type Job, type Learner, learn, writeLearner } from "../training/learn.ts";
import { learnerOptions, type OpenedModel, withOpened } from "../training/learner.ts";
import {
  type LearningSettings,
  learningSettings,
  optimizerOf,
  planned,
} from "../training/settings.ts";
import { learnerOf } from "../training/tuning.ts";
import { type OpenJudge, withJudge } from "./judges.ts";
import { foretold, keptOptimum } from "./optimum.ts";
import { readPrompts } from "./prompts.ts";
import { type RlhfSettings, type RlhfValues, rlhfSettings } from "./rlhf-options.ts";
import { foretoldText, reinforcedText } from "./rlhf-text.ts";
import { rlhfView } from "./rlhf-view.ts";
import { type SamplingBackend, samplingBackend } from "./sampling-backend.ts";

/** Who judges: from the first something is learnt. */
interface Judges {
  readonly reward: OpenJudge;
  readonly judge: OpenJudge | undefined;
}

/** What learns, and what it is held to. */
type Policy = Learner & {
  readonly model: TrainableModel;
  readonly reference: TrainableModel;
};

/** @throws {UsageError} for options that do not go together. */
export async function reinforce(
  file: string,
  values: RlhfValues & Values<typeof COMMON_OPTIONS>,
  io: Io,
): Promise<void> {
  const settings = learningSettings(values);
  const own = rlhfSettings(values);
  const { out, reward: rewarding } = values;
  if (rewarding === undefined) {
    throw new UsageError("expected --reward MODEL, a reward model, or --reward rule on the tales");
  }
  if (out === undefined) {
    throw new UsageError("expected --out DIR, a folder for the run and the model");
  }
  await assertOutputs(values);
  const read = await readPrompts(file, io.signal);
  await withOpened(values.model, io, async (opened) => {
    const learner = learnerOptions(settings, values.recompute, io.signal);
    const options = { ...learner, vocabSize: opened.checkpoint.config.vocabSize };
    const withSecond = (work: (judge: OpenJudge | undefined) => Promise<void>) =>
      values.judge === undefined
        ? work(undefined)
        : withJudge(values.judge, "judge", options, io, work);
    await withJudge(rewarding, "reward", options, io, (reward) =>
      withSecond(async (judge) => {
        const policy = await policyOf(opened, own, settings, values.recompute, io);
        const backend = samplingBackend(settings);
        try {
          await reinforced({ file, read, opened, policy, backend, judges: { reward, judge } });
        } finally {
          backend.dispose();
        }
      }),
    );
  });

  async function reinforced({ file, read, opened, policy, backend, judges }: Parts): Promise<void> {
    const { tokenizer, format, checkpoint } = opened;
    const { bosTokenId, vocabSize } = checkpoint.config;
    const lr = own.lora ? 1e-4 : 1e-5;
    const batch = settings.batch ?? 8;
    const steps = own.innerSteps * Math.ceil(read.data.length / batch);
    const plan = planned(settings, { batch, steps, lr, decay: 0 });
    const { optimizer, clip: maxNorm, seed, precision } = settings;
    const { reward, judge } = judges;
    const from = modelName(values.model);
    const { monitor, samples, ...learnt } = own;
    const named = { command: "rlhf", model: from, data: { prompts: read.sha256 } };
    const judged = { reward: rewarding, judge: values.judge };
    const all = { ...named, ...judged, ...learnt, monitor, ...plan };
    const known: Record<string, JsonValue> = JSON.parse(
      JSON.stringify({ ...all, optimizer, maxNorm, seed, precision }),
    );
    const chat = { format, bosTokenId, vocabSize };
    const drawing = { tokenizer, backend, maxTokens: own.maxTokens, seed, signal: io.signal };
    let optimum: EstimatedOptimum | undefined;
    const job: Job<RlhfReport> = {
      title: `${from}, reinforced on ${basename(file)}`,
      settings: known,
      view: rlhfView(judge?.name),
      async *steps(kept) {
        if (own.beta > 0 && samples > 0) {
          const prompts = askedPrompts(read.data, tokenizer, chat, "rlhf");
          const asking = { model: policy.reference, beta: own.beta, samples, ...drawing };
          optimum = await keptOptimum(out as string, { ...known, samples }, () =>
            foretold(prompts, reward, asking),
          );
          if (!values.json) await io.stdout.write(foretoldText(optimum, own.beta));
        }
        const { signal: _, ...answering } = drawing;
        yield* rlhf(policy.model, read.data, {
          ...{ ...answering, format, ...kept, maxNorm, steps: plan.steps },
          ...{ reward: reward.rewardOf, reference: policy.reference },
          ...{ beta: own.beta, groupSize: own.groupSize, promptsPerStep: plan.batch },
          ...{ baseline: own.baseline, level: own.level },
          ...{ innerSteps: own.innerSteps, clip: own.clip },
          judge: judge?.rewardOf,
          monitor: hackingMonitor(),
          stopOnAlarm: monitor === "stop",
          optimizer: optimizerOf(settings, plan),
          schedule: constant(plan.lr, { warmup: values.warmup === undefined ? 0 : plan.warmup }),
        });
      },
      write: (folder) => writeLearner(folder, policy, settings),
    };
    const result = await learn(job, values, settings, io);
    if (values.json) {
      return await io.stdout.write(`${JSON.stringify({ out, optimum })}\n`);
    }
    const reached = { optimum, beta: own.beta, judge: judge?.name };
    await io.stdout.write(reinforcedText(result, reached, styleFor(io)));
    await io.stdout.write(`Talk to it: ${io.program} chat --model ${out}\n`);
  }
}

interface Parts {
  readonly file: string;
  readonly read: Awaited<ReturnType<typeof readPrompts>>;
  readonly opened: OpenedModel;
  readonly policy: Policy;
  readonly backend: SamplingBackend;
  readonly judges: Judges;
}

async function policyOf(
  opened: OpenedModel,
  own: RlhfSettings,
  settings: LearningSettings,
  recompute: boolean | undefined,
  io: Io,
): Promise<Policy> {
  const tuning = { ...own, epochs: 1 };
  const made = await learnerOf(opened, tuning, settings, recompute, io);
  if (made.reference) return { ...made, reference: made.reference };
  const options = learnerOptions(settings, recompute, io.signal);
  const frozen = { ...options, trains: () => false };
  return { ...made, reference: await TrainableModel.from(opened.checkpoint, frozen) };
}
