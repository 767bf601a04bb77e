/**
 * Where a question is typed: within the turn that it becomes.
 * @module
 */
import { useState } from "preact/hooks";
import { GEMMA_CHAT } from "../../../../../src/tokenizer/chat-format.ts";
import { ask, running, stopWriting } from "./writing.ts";

const { start, end, roles } = GEMMA_CHAT;

export const QUESTIONS = [
  "Tell me a story about Mira the fox.",
  "What is 3 plus 4?",
  "What is the opposite of hot?",
];

export function QuestionField() {
  const [text, setText] = useState(QUESTIONS[0]);
  const isRunning = running.value === "chat";
  const send = (event: Event) => {
    event.preventDefault();
    if (isRunning) stopWriting();
    else ask(text);
  };
  return (
    <form class="turn" onSubmit={send}>
      <code>
        {start}
        {roles.user}↵
      </code>
      <div class="turn-line">
        <input
          type="text"
          aria-label="Your question"
          autocomplete="off"
          value={text}
          onInput={({ currentTarget }) => setText(currentTarget.value)}
        />
        <button type="submit" class={isRunning ? "" : "primary"} disabled={!isRunning && !text}>
          {isRunning ? "Stop" : "Ask"}
        </button>
      </div>
      <code>
        {end}↵
        <br />
        {start}
        {roles.model}↵
      </code>
      <p class="muted">
        Try:{" "}
        {QUESTIONS.map((question, i) => (
          <>
            {i > 0 && " · "}
            <button key={question} type="button" class="link" onClick={() => setText(question)}>
              {question}
            </button>
          </>
        ))}
      </p>
    </form>
  );
}
