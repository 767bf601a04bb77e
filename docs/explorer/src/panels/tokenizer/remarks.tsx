/**
 * What is not plain to see in a text.
 * @module
 */
import type { ComponentChildren } from "preact";
import { SPACE } from "../../format.ts";
import type { Tokenizer } from "./question.ts";

const numberOf = (character: string) =>
  `U+${character.codePointAt(0)?.toString(16).toUpperCase().padStart(4, "0")}`;

export function Remarks({ shown: { named, typed, mere, prompt } }: { shown: Tokenizer }) {
  const remarks: ComponentChildren[] = [];
  for (const { id, piece } of typed) {
    remarks.push(
      <>
        <b>{piece}</b> in a text is that token itself, number {id}. Whoever writes it, the model
        takes it for the real thing.
      </>,
    );
  }
  for (const name of mere) {
    remarks.push(
      <>
        <b>{name}</b> in a text is mere text: the token of that name is never cut out of one.
      </>,
    );
  }
  if (prompt.includes("▁")) {
    remarks.push(<>▁ is how the vocabulary writes a space: typed, it becomes {SPACE} too.</>);
  }
  if (named.length > 0) {
    const list = named.map(({ character, name }) => `${name} ${numberOf(character)}`).join(", ");
    remarks.push(<>Not plain to see: {list}.</>);
  }
  if (remarks.length === 0) return null;
  return (
    <ul class="remarks">
      {remarks.map((remark, i) => (
        <li key={i}>{remark}</li>
      ))}
    </ul>
  );
}
