/**
 * How the text goes on with the bug and without, if the most probable token is always taken.
 * @module
 */
import { pieceText, SPACE } from "../../format.ts";
import type { Token } from "../../messages.ts";
import { sameWords } from "./outcome.ts";

const textOf = (tokens: readonly Token[]) =>
  tokens.map(({ piece }) => pieceText(piece).replaceAll(SPACE, " ")).join("");

export function Words({ right, wrong }: { right: readonly Token[]; wrong: readonly Token[] }) {
  const same = sameWords(right, wrong);
  const other = wrong.slice(same);
  return (
    <dl class="words-on">
      <div>
        <dt>It goes on</dt>
        <dd>{textOf(right)} …</dd>
      </div>
      <div>
        <dt>With the bug</dt>
        <dd>
          {textOf(wrong.slice(0, same))}
          {other.length === 0 ? (
            <>
              {" "}
              … <span class="no-other">word for word the same</span>
            </>
          ) : (
            <>
              <mark>{textOf(other)}</mark> …
            </>
          )}
        </dd>
      </div>
    </dl>
  );
}
