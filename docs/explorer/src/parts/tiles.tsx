/**
 * The panels, each with its question and with its answer for this text.
 * @module
 */
import { chosen, overview } from "../answers.ts";
import { percent, weight } from "../format.ts";
import type { Panel } from "../link.ts";
import { openPanel } from "../state.ts";
import { Piece } from "./piece.tsx";

export function Tiles() {
  const { tokens, layers, streams } = overview.value;
  const { layer, head } = chosen.value;
  const { reads, weight: most } = layers[layer].heads[head];
  const before = streams[streams.length - 3].lens[0];
  return (
    <nav class="tiles" aria-label="Panels">
      <Tile panel="attention" title="Attention" letter="a">
        Which token does a head look at? Head {layer}.{head} reads{" "}
        <Piece piece={tokens[reads].piece} /> with weight {weight(most)}.
      </Tile>
      <Tile panel="lens" title="Lens" letter="l">
        What would it say earlier? Before the last layer <Piece piece={before.piece} /> with{" "}
        {percent(before.chance)}.
      </Tile>
    </nav>
  );
}

function Tile(props: {
  panel: Panel;
  title: string;
  letter: string;
  children: preact.ComponentChildren;
}) {
  return (
    <button type="button" onClick={() => openPanel(props.panel)}>
      <b>
        {props.title} <kbd>{props.letter}</kbd>
      </b>
      <span>{props.children}</span>
    </button>
  );
}
