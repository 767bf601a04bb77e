/**
 * Write and chat: the model goes on, token by token, and any of them can be looked into.
 * @module
 */
import { useEffect } from "preact/hooks";
import { overview } from "../../answers.ts";
import { count, round } from "../../format.ts";
import { isRecorded } from "../../model.ts";
import { Choices } from "../../parts/choices.tsx";
import { Frame } from "../../parts/frame.tsx";
import { change, pos, prompt, refuse, setPrompt, view } from "../../state.ts";
import { Aloud } from "./aloud.tsx";
import { Likely } from "./likely.tsx";
import { QuestionField } from "./question-field.tsx";
import { Settings } from "./settings.tsx";
import { Transcript } from "./transcript.tsx";
import * as writing from "./writing.ts";
import "./style.css";

const MODES = ["text", "chat"] as const;
const STARTS = [
  "Once upon a time, there was an owl named Otto.",
  "One day Mira found a golden",
  "It was a rainy day at the harbour.",
];

export default function WritePanel() {
  const of = writing.mode();
  useEffect(() => writing.stopWriting, []);
  // Who types has changed his mind.
  const text = prompt.value;
  useEffect(() => {
    if (!writing.isOfPrompt()) writing.stopWriting();
  }, [text]);
  const given = view.value;
  useEffect(() => {
    if (given !== undefined && given !== "chat") refuse("view", "it is chat, or left out");
  }, [given]);
  const to = (mode: writing.Mode) => {
    writing.stopWriting();
    change({ view: mode === "chat" ? "chat" : undefined });
  };
  const switches = (
    <Choices
      label="What is written"
      class="segments"
      count={MODES.length}
      chosen={MODES.indexOf(of)}
      choose={(i) => to(MODES[i])}
      item={(i) => <>{["A text", "A chat"][i]}</>}
    />
  );
  const answer = isRecorded.value ? undefined : of;
  return (
    <Frame panel="write" title="Let it write" switches={switches} answer={answer}>
      {(mode) => <Desk key={mode} of={mode} />}
    </Frame>
  );
}

function Desk({ of }: { of: writing.Mode }) {
  const { tokens: read } = overview.value;
  const all = writing.written[of].value;
  const shown = of === "chat" || writing.isOfPrompt() ? all : undefined;
  const tokens = shown?.tokens ?? (of === "text" ? read : []);
  const steps = shown?.steps ?? new Map<number, never>();
  const isRunning = writing.running.value === of;
  const { prompt: led, of: ledFrom, isSame } = writing.placed.value ?? {};
  const isPlaced = ledFrom === of && led === prompt.value && isSame;
  const chosen = writing.picked.value ?? (isPlaced ? (pos.value ?? tokens.length - 1) : undefined);
  const looked = writing.under.value ?? chosen ?? (shown && interesting(shown));
  return (
    <>
      <div class="write-grid">
        <div class="page">
          {of === "text" && <Text isRunning={isRunning} />}
          {tokens.length > 0 && (
            <section class="card" aria-label="The text that is written">
              <Transcript {...{ of, tokens, steps, chosen, looked, isRunning }} />
              <p class="key write-key">
                <span>
                  <i class="mark sure">likely</i> <i class="mark half">half as likely</i>: the line
                  under a written token is as long as its chance
                </span>
                <span class="muted">grey was given</span>
              </p>
              <State of={of} shown={shown} isRunning={isRunning} />
            </section>
          )}
          {of === "chat" ? <Chat isBegun={shown !== undefined} /> : <Starts />}
        </div>
        <div class="beside">
          <Likely at={looked} step={looked === undefined ? undefined : steps.get(looked)} />
          <Settings />
        </div>
      </div>
      <Aloud shown={shown} />
    </>
  );
}

/** While it is written the last token; then the one that was least sure. */
function interesting({ tokens, steps, from, end }: writing.Written): number {
  const last = tokens.length - 1;
  if (end === undefined) return last;
  const chance = (at: number) => steps.get(at)?.chance ?? 1;
  let least = last;
  for (let at = from; at < last; at++) if (chance(at) < chance(least)) least = at;
  return least;
}

function Text({ isRunning }: { isRunning: boolean }) {
  const { length } = writing.settings();
  return (
    <div class="card">
      <p class="actions">
        <button
          type="button"
          class={isRunning ? "" : "primary"}
          onClick={isRunning ? writing.stopWriting : writing.writeOn}
        >
          {isRunning ? "Stop" : `Write ${length} ${length === 1 ? "token" : "tokens"}`}
        </button>
        <span class="muted">goes on from the text at the top of the page</span>
      </p>
    </div>
  );
}

function Starts() {
  return (
    <p class="card muted starts">
      It was trained on small stories. Begin with:{" "}
      {STARTS.map((start, i) => (
        <>
          {i > 0 && " · "}
          <button key={start} type="button" class="link" onClick={() => setPrompt(start)}>
            {start}
          </button>
        </>
      ))}
    </p>
  );
}

function Chat({ isBegun }: { isBegun: boolean }) {
  return (
    <div class="card">
      <QuestionField />
      <p class="muted">
        A chat is one text. These markers are tokens, and tell who speaks; the model goes on behind
        the last. This one was trained on single questions: about stories, sums and opposites. In
        later turns it stumbles, and the lines get short.
        {isBegun && (
          <>
            {" "}
            <button type="button" class="link" onClick={writing.newChat}>
              New chat
            </button>
          </>
        )}
      </p>
    </div>
  );
}

const ENDS = {
  eos: "The model ended the text.",
  end_of_turn: "The model ended its turn.",
  length: "The length is reached.",
  context: "The model can read no more.",
};

/** How far it is, and what can be done with it. */
function State(props: {
  of: writing.Mode;
  shown: writing.Written | undefined;
  isRunning: boolean;
}) {
  const { of, shown, isRunning } = props;
  if (!shown) return null;
  const { tokens, from, end } = shown;
  const many = tokens.length - from;
  const said = typeof end === "object" ? (ENDS[end.why as keyof typeof ENDS] ?? "") : "Stopped.";
  const { prompt: led, isSame } = writing.placed.value ?? {};
  return (
    <div class="state">
      <p>
        <b>
          {count(many)} {many === 1 ? "token" : "tokens"}
        </b>
        {isRunning ? ", writing" : `. ${said}`}
        {typeof end === "object" && many > 1 && (
          <span class="muted"> {round((1000 * many) / end.milliseconds)} a second.</span>
        )}
        {led === prompt.value && isSame === false && (
          <span> Read again, this text is cut into other tokens.</span>
        )}
      </p>
      {!isRunning && many > 0 && (
        <button type="button" onClick={() => writing.goTo(of, tokens.length - 1)}>
          Use this text as the prompt
        </button>
      )}
    </div>
  );
}
