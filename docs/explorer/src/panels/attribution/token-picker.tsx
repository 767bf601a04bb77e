/**
 * A token, chosen from the most probable, or typed.
 * @module
 */
import { useEffect, useRef, useState } from "preact/hooks";
import { overview } from "../../answers.ts";
import { get } from "../../asked.ts";
import { percent, pieceText } from "../../format.ts";
import type { Chance, Token } from "../../messages.ts";

const NONE = "none";
const OTHER = "other";

export function TokenPicker(props: {
  readonly label: string;
  /** Undefined if none is. */
  readonly chosen: Token | undefined;
  readonly choices: readonly Chance[];
  choose(id: number): void;
  /** Where it may be none. */
  chooseNone?(): void;
}) {
  const { label, chosen, choices } = props;
  const [isTyping, setTyping] = useState(false);
  const [said, setSaid] = useState("");
  const select = useRef<HTMLSelectElement>(null);
  const field = useRef<HTMLInputElement>(null);
  const value = isTyping ? OTHER : chosen ? String(chosen.id) : NONE;
  useEffect(() => {
    if (isTyping) field.current?.focus();
  }, [isTyping]);

  const take = (to: string) => {
    setSaid("");
    setTyping(to === OTHER);
    if (to === NONE) props.chooseNone?.();
    else if (to !== OTHER) props.choose(Number(to));
  };
  const look = (event: Event) => {
    event.preventDefault();
    const { prompt, pos } = overview.value;
    const text = field.current?.value ?? "";
    if (text === "") return;
    get("word", { prompt, pos, text }, ({ token, pieces }) => {
      if (token) {
        take(String(token.id));
        select.current?.focus();
      } else setSaid(`${pieces.length} tokens: ${pieces.map(pieceText).join(" + ")}`);
    });
  };
  const isListed = choices.some(({ id }) => id === chosen?.id);
  return (
    <div class="picker">
      <label>
        {label}{" "}
        <select
          ref={select}
          value={value}
          onChange={({ currentTarget }) => take(currentTarget.value)}
        >
          {choices.map(({ id, piece, chance }) => (
            <option key={id} value={id}>
              {pieceText(piece)} {percent(chance)}
            </option>
          ))}
          {chosen && !isListed && <option value={chosen.id}>{pieceText(chosen.piece)}</option>}
          {props.chooseNone && <option value={NONE}>nothing</option>}
          <option value={OTHER}>type another …</option>
        </select>
      </label>
      {isTyping && (
        <form onSubmit={look}>
          <input
            ref={field}
            type="text"
            aria-label={`${label}: the text of a token`}
            placeholder="Otto"
            spellcheck={false}
            autocomplete="off"
            onKeyDown={({ key }) =>
              key === "Escape" && take(value === OTHER ? String(chosen?.id ?? NONE) : value)
            }
          />
          <button type="submit">Take</button>
        </form>
      )}
      <span role="status">{said}</span>
    </div>
  );
}
