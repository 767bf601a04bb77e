/**
 * The text as blocks, side by side. One is chosen, with its token.
 * @module
 */
import { overview } from "../../answers.ts";
import { pieceText } from "../../format.ts";
import { Choices } from "../../parts/choices.tsx";
import * as state from "../../state.ts";
import type { Block, Tokenizer } from "./question.ts";
import type { Stand } from "./steps.ts";
import { Tree } from "./tree.tsx";

export function Forest({ shown, stand, at }: { shown: Tokenizer; stand: Stand; at: number }) {
  const { blocks, prompt } = shown;
  // Keys may be quicker than answers: the next one goes on from where the last one led.
  const pos = overview.value.prompt === prompt ? (state.pos.value ?? shown.pos) : shown.pos;
  const here = blocks.findIndex(({ first, tokens }) => pos >= first && pos < first + tokens.length);
  const hasByteRow = blocks.some(({ kind }) => kind === "bytes");
  return (
    <Choices
      label="The text, as it is cut"
      class="forest"
      count={blocks.length}
      chosen={here < 0 ? undefined : here}
      // The step stays: a token is looked at where the picture stands.
      choose={(i) => i !== here && state.change({ pos: blocks[i].first, cell: undefined })}
      item={(i) => (
        <>
          <Tree block={blocks[i]} pos={pos} {...{ stand, at, hasByteRow }} />
          <span class="unseen">{aloud(blocks[i])}</span>
        </>
      )}
    />
  );
}

function aloud({ leaves, tokens, joints, first }: Block): string {
  const cut = tokens.map(({ piece, id }) => `${pieceText(piece)}, token ${id}`).join("; ");
  const merges = joints.length === 1 ? "1 merge" : `${joints.length} merges`;
  return `${leaves.map(pieceText).join(" ")}: ${cut}, position ${first}, ${merges}`;
}
