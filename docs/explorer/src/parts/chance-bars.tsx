/**
 * Tokens and their chances, as bars.
 * @module
 */
import { finePercent, percent } from "../format.ts";
import type { Chance } from "../messages.ts";
import { Piece } from "./piece.tsx";

export function ChanceBars({ chances, isFine }: { chances: readonly Chance[]; isFine?: boolean }) {
  return (
    <ol class="chance-bars">
      {chances.map(({ id, piece, chance }) => (
        <li key={id}>
          <Piece piece={piece} />
          <i class="track" aria-hidden="true">
            <i style={{ width: `${chance * 100}%` }} />
          </i>
          <b>{isFine ? finePercent(chance) : percent(chance)}</b>
        </li>
      ))}
    </ol>
  );
}
