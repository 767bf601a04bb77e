/**
 * What the model would say at a depth: the most probable token as a bar, and the two after it.
 * @module
 */
import { overview } from "../answers.ts";
import { percent } from "../format.ts";
import type { Chance } from "../messages.ts";
import { Covered } from "./covered.tsx";
import { Piece } from "./piece.tsx";

export function Said({ depth, rivals }: { depth: number; rivals: number }) {
  const { streams } = overview.value;
  const [first, ...others] = streams[depth].lens;
  return (
    <>
      <SaidBar {...first} />
      {others.slice(0, rivals).map((rival) => (
        <span key={rival.id} class="rival">
          <Piece piece={rival.piece} />
          <small>{percent(rival.chance)}</small>
        </span>
      ))}
    </>
  );
}

/** A token on a bar as long as its chance; the next word in the colour of the answer. */
export function SaidBar({ id, piece, chance }: Chance) {
  const text = (
    <>
      <Piece piece={piece} />
      <b>{percent(chance)}</b>
    </>
  );
  const isAnswer = id === overview.value.next[0].id;
  return (
    <span class={isAnswer ? "said answer" : "said"} style={{ "--share": chance }}>
      {isAnswer ? <Covered>{text}</Covered> : text}
    </span>
  );
}
