/**
 * Learning: the model is shown conversations, here, and one sees what becomes of it. Or a policy is rewarded, whose answers can all be
 * written out.
 * @module
 */
import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { StepReport } from "../../../../../src/training/run/trainer.ts";
import { count } from "../../format.ts";
import { isRecorded } from "../../model.ts";
import { AsTable } from "../../parts/as-table.tsx";
import { Choices } from "../../parts/choices.tsx";
import { PanelTitle } from "../../parts/panel-title.tsx";
import { change, ownModel } from "../../state.ts";
import { useView } from "../../use-view.ts";
import { Both } from "./both.tsx";
import { Curve } from "./curve.tsx";
import * as learning from "./learning.ts";
import { Settings } from "./settings.tsx";
import "./style.css";

export default function LearningPanel() {
  const isByRewards = useView(["lora", "rewards"]) === "rewards";
  return (
    <section class="panel learning" aria-label="Learning">
      <PanelTitle title="Learning">
        {!isByRewards && <Buttons isReady={!isRecorded.value} />}
      </PanelTitle>
      <Choices
        label="What it learns from"
        class="segments"
        count={FROM.length}
        chosen={isByRewards ? 1 : 0}
        choose={(i) => change({ view: i === 1 ? "rewards" : undefined, steps: undefined })}
        item={(i) => <>{FROM[i]}</>}
      />
      {isByRewards ? <ByRewards /> : <ByExamples />}
    </section>
  );
}

const FROM = ["From examples", "From rewards"];

const rewards = signal<typeof import("./rewards/rewards.tsx") | undefined>(undefined);
const trouble = signal<string | undefined>(undefined);

/** Its code comes when it is opened: few do. */
async function loadRewards(): Promise<void> {
  try {
    rewards.value ??= await import("./rewards/rewards.tsx");
  } catch (error) {
    trouble.value = `This did not arrive: ${(error as Error).message}.`;
  }
}

function ByRewards() {
  useEffect(() => void loadRewards(), []);
  const part = rewards.value;
  if (part) return <part.Rewards />;
  return <p class="card wait">{trouble.value ?? "This is on its way."}</p>;
}

function ByExamples() {
  const isReady = !isRecorded.value;
  return (
    <>
      <Lead />
      <div class="learning-grid">
        <Progress />
        <Settings />
      </div>
      <Both isReady={isReady} />
    </>
  );
}

function Buttons({ isReady }: { isReady: boolean }) {
  const { doing, isUnfinished, settings, begun } = learning;
  if (doing.value === "learn" || doing.value === "stop") {
    return (
      <button type="button" disabled={doing.value === "stop"} onClick={learning.answer}>
        Stop
      </button>
    );
  }
  const isOff = !isReady || doing.value !== undefined;
  const { steps } = settings.value;
  const all = `${steps} ${steps === 1 ? "step" : "steps"}`;
  return (
    <>
      {isUnfinished.value && (
        <button type="button" class="primary" disabled={isOff} onClick={learning.goOn}>
          Go on
        </button>
      )}
      <button
        type="button"
        class={isUnfinished.value ? "" : "primary"}
        disabled={isOff}
        onClick={learning.begin}
      >
        {begun.value ? `Forget, and learn ${all}` : `Learn ${all}`}
      </button>
    </>
  );
}

function Lead() {
  return (
    <p class="lead">
      The model that came with this page learns 120 conversations, in your browser: short tales,
      sums, opposites. {ownModel.value !== undefined && "Your own model is left alone. "}
      Every other panel keeps showing it as it was. What it has learnt goes with the page.
    </p>
  );
}

function Progress() {
  const { reports, begun, doing, settings, failure } = learning;
  const all = reports.value;
  const last = all.at(-1);
  const { steps } = begun.value ?? settings.value;
  return (
    <section class="card progress" aria-label="What it loses">
      <div class="card-title">
        <h3>Loss of each step</h3>
        <p>mean of −log p over the tokens of its answers, before the step</p>
      </div>
      {last ? (
        <Curve reports={all} steps={steps} />
      ) : (
        <p class="nothing">
          {doing.value
            ? "The model answers, then the first step is on its way."
            : "Nothing has been learnt yet."}
        </p>
      )}
      {last && <Line report={last} steps={steps} />}
      {failure.value !== undefined && <p class="failure">{failure.value}</p>}
      <p class="unseen" role="status">
        {told(last, steps)}
      </p>
      {last && <Numbers reports={all} />}
    </section>
  );
}

/** For those that listen: not each step, but where it begins and ends. */
function told(last: StepReport | undefined, steps: number): string {
  if (learning.doing.value === "learn") return "Learning.";
  if (learning.doing.value === "stop") return "Stopping.";
  if (!last) return "";
  const where = last.step === steps ? "Learnt" : "Stopped after";
  return `${where} ${last.step} of ${steps} steps, loss ${loss(last)}.`;
}

function Line({ report, steps }: { report: StepReport; steps: number }) {
  const { step, targets, gradientNorm, lr, tokensPerSecond, secondsLeft = 0 } = report;
  const left = {
    learn: `${seconds(secondsLeft)} left`,
    stop: "stops after this step",
    answer: "stopped",
  }[learning.doing.value ?? "answer"];
  return (
    <p class="step-line">
      <span>
        step <b>{step}</b> of {steps}
      </span>
      <span>
        loss <b>{loss(report)}</b>
      </span>
      <span>{count(targets)} target tokens</span>
      <span>gradient norm {gradientNorm.toPrecision(3)}</span>
      <span>learning rate {rate(lr)}</span>
      <span>{count(Math.round(tokensPerSecond))} tokens/s</span>
      <span>{step === steps ? "done" : left}</span>
    </p>
  );
}

const COLUMNS: readonly (readonly [string, (report: StepReport) => string])[] = [
  ["loss", (report) => loss(report)],
  ["target tokens", ({ targets }) => count(targets)],
  ["gradient norm", ({ gradientNorm }) => gradientNorm.toPrecision(3)],
  ["learning rate", ({ lr }) => rate(lr)],
  ["tokens/s", ({ tokensPerSecond }) => count(Math.round(tokensPerSecond))],
];

function Numbers({ reports }: { reports: readonly StepReport[] }) {
  return (
    <AsTable
      caption="Each step: its loss in nats a target token, and the length of its gradient before it is cut to 1"
      corner="step"
      rows={reports.length}
      columns={COLUMNS.length}
      rowHead={(row) => reports[row].step}
      columnHead={(column) => COLUMNS[column][0]}
      cell={(row, column) => COLUMNS[column][1](reports[row])}
    />
  );
}

const loss = (report: StepReport) => report.loss.toFixed(3);
const rate = (lr: number) => `${+lr.toPrecision(2)}`;
const seconds = (left: number) =>
  left < 90 ? `${Math.ceil(left)} s` : `${Math.ceil(left / 60)} min`;
