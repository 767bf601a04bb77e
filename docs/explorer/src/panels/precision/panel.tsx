/**
 * The same text and weights on each backend and in each precision: how fast, and how far from the page's own numbers.
 * @module
 */
import { useEffect } from "preact/hooks";
import { overview } from "../../answers.ts";
import { distance, pieceText } from "../../format.ts";
import { isRecorded } from "../../model.ts";
import { PanelTitle } from "../../parts/panel-title.tsx";
import { backend, precision } from "../../state.ts";
import { AlongStream } from "./along-stream.tsx";
import {
  absences,
  checkLink,
  chosenWay,
  differences,
  isCurrent,
  isWhole,
  measure,
  nameAt,
  running,
  stopMeasuring,
} from "./measured.ts";
import { ROUNDS, WAYS } from "./question.ts";
import { SaidBoth } from "./said.tsx";
import { Ways } from "./ways.tsx";
import "./style.css";

/** The differences of a model with fewer weights come by themselves: they take less than a second. */
const QUICK = 5e6;

export default function PrecisionPanel() {
  const { model, prompt } = overview.value;
  const isReady = !isRecorded.value;
  const isNamed = backend.value !== undefined || precision.value !== undefined;
  const isStarted = model.weights < QUICK || isNamed;
  useEffect(() => {
    if (isReady && isStarted && !isCurrent.peek()) measure("differences");
  }, [isReady, isStarted, prompt, model]);
  useEffect(checkLink, [backend.value, precision.value]);
  useEffect(() => stopMeasuring, []);
  if (chosenWay.value < 0) return null; // the link is being mended
  const isMeasured = isCurrent.value && differences.value.size > 0;
  return (
    <section class="panel precision" aria-label="Precision and backend">
      <PanelTitle title="Precision and backend">
        <Buttons isReady={isReady} isWhole={isMeasured && isWhole.value} />
      </PanelTitle>
      <Lead />
      <div class={isCurrent.value ? "results" : "results old"} aria-busy={!!running.value}>
        <Ways />
        {isMeasured && (
          <div class="two">
            <AlongStream />
            <SaidBoth />
          </div>
        )}
      </div>
    </section>
  );
}

function Buttons({ isReady, isWhole: isDone }: { isReady: boolean; isWhole: boolean }) {
  if (running.value) {
    return (
      <>
        <span class="working" role="status">
          measures {running.value === "speed" ? "the speed" : "differences"} …
        </span>
        <button type="button" onClick={stopMeasuring}>
          Stop
        </button>
      </>
    );
  }
  return (
    <>
      {!isDone && (
        <button type="button" disabled={!isReady} onClick={() => measure("differences")}>
          Measure differences
        </button>
      )}
      <button type="button" disabled={!isReady} onClick={() => measure("speed")}>
        Measure speed
      </button>
      <small>one run to warm up, then the middle of {ROUNDS}</small>
    </>
  );
}

/** The answer, in a sentence. */
function Lead() {
  const { pos, tokens } = overview.value;
  const after = `after “${pieceText(tokens[pos].piece)}” (${pos})`;
  if (!isCurrent.value || differences.value.size === 0) {
    const isEmpty = absences.value.size === WAYS.length;
    return (
      <p class="lead">
        {isEmpty
          ? "This model is too large to be loaded in several ways at once: its own way is in the header."
          : `How far is each way from the page’s own numbers, ${after}?`}
      </p>
    );
  }
  const told = WAYS.map((_, i) => nameAt(i)).slice(1);
  const parts = told.flatMap((name) => {
    const found = differences.value.get(name);
    return found ? [`${name} by ${distance(found.largestLogit[pos] ?? 0)}`] : [];
  });
  const other = told.filter((name) => {
    const found = differences.value.get(name);
    const own = differences.value.get(nameAt(0));
    return found && found.next[pos]?.[0].id !== own?.next[pos]?.[0].id;
  });
  return (
    <p class="lead">
      The page computes in float64.{" "}
      {parts.length > 0 && `Its logits ${after} are moved by at most: `}
      <b>{parts.join(", ")}</b>.{" "}
      {other.length === 0
        ? "The next word stays the same in all."
        : `The next word is another in ${other.join(", ")}.`}
    </p>
  );
}
