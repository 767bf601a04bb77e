/**
 * The text that the model reads: answered 120 ms after the last key.
 * @module
 */
import { useEffect, useRef } from "preact/hooks";
import { overview } from "../answers.ts";
import { EXAMPLE_PROMPT } from "../link.ts";
import { prompt, setPrompt } from "../state.ts";

const PAUSE = 120;

const EXAMPLES = [
  ["a fox", EXAMPLE_PROMPT],
  ["an owl", "Once upon a time, there was an owl named Otto. Otto lived in"],
  ["emoji", "Mira saw a 🦊 in the café."],
] as const;

/** A field of one line shows the end of a line, as those of a chat, by a sign. */
const inOneLine = (text: string) => text.replaceAll("\n", "↵");
const inLines = (text: string) => text.replaceAll("↵", "\n");

export function PromptField() {
  const field = useRef<HTMLInputElement>(null);
  const timer = useRef(0);
  const type = (text: string, pause: number) => {
    clearTimeout(timer.current);
    timer.current = window.setTimeout(() => setPrompt(text), pause);
  };
  // Back, Forward and examples change the text from outside.
  const text = inOneLine(prompt.value);
  useEffect(() => {
    if (field.current && field.current.value !== text) field.current.value = text;
  }, [text]);
  const { hasTokenizer } = overview.value.model;
  const tokens = overview.value.tokens.length;
  return (
    <div class="prompt">
      <input
        ref={field}
        type="text"
        aria-label="Text for the model"
        spellcheck={false}
        autocomplete="off"
        defaultValue={text}
        onInput={({ currentTarget: { value } }) => type(inLines(value), PAUSE)}
      />
      <p class="aside">
        {tokens} {tokens === 1 ? "token" : "tokens"} ·{" "}
        {hasTokenizer ? <Examples /> : "ids, with spaces between them"}
      </p>
    </div>
  );
}

function Examples() {
  return (
    <>
      try:{" "}
      {EXAMPLES.map(([name, example], i) => (
        <>
          {i > 0 && " · "}
          <button type="button" class="link" onClick={() => setPrompt(example)}>
            {name}
          </button>
        </>
      ))}
    </>
  );
}
