/**
 * One token's way through the model: from left to right where there is room, else from top to bottom.
 * @module
 */
import { overview } from "../answers.ts";
import { pieceText } from "../format.ts";
import { isWide } from "../state.ts";
import { StreamAcross } from "./stream-across.tsx";
import { StreamDown } from "./stream-down.tsx";

export function Stream() {
  const { tokens, pos, next } = overview.value;
  return (
    <section class="stream" aria-label="The stream">
      <div class="stage-title">
        <h2>
          How “{pieceText(tokens[pos].piece)}” became {pieceText(next[0].piece)}
        </h2>
        <p class="hint">Click a cell, a head or a word to see how its number is made.</p>
        <p class="key">
          <i class="swatch below" /> below zero <i class="swatch above" /> above ·{" "}
          <i class="swatch answer" /> {pieceText(next[0].piece)}, the next word
        </p>
      </div>
      {isWide.value ? <StreamAcross /> : <StreamDown />}
    </section>
  );
}
