/**
 * Tokens and their chances, as bars.
 * @module
 */
import { finePercent, percent } from "../format.ts";
import type { Chance } from "../messages.ts";
import { Piece } from "./piece.tsx";

export interface ChanceBarsProps {
  readonly chances: readonly Chance[];
  readonly isFine?: boolean;
  /** What a click on a token does, and how that is called; undefined of tokens that cannot be clicked. */
  actOf?(chance: Chance): { readonly name: string; act(): void } | undefined;
}

export function ChanceBars({ chances, isFine, actOf }: ChanceBarsProps) {
  // One stop of the Tab key: arrows lead to the others.
  const onKeyDown = (event: KeyboardEvent) => {
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (by === undefined || !actOf) return;
    const buttons = [...(event.currentTarget as Element).querySelectorAll("button")];
    const at = buttons.indexOf(event.target as HTMLButtonElement);
    buttons[at + by]?.focus();
    event.preventDefault();
  };
  // A place keeps its element, and the focus, when another token takes it.
  const actions = chances.map((chance) => actOf?.(chance));
  const stop = actions.findIndex((action) => action !== undefined);
  return (
    <ol class="chance-bars" onKeyDown={onKeyDown}>
      {chances.map(({ piece, chance }, i) => {
        const action = actions[i];
        const row = (
          <>
            {action && <span class="unseen">{action.name} </span>}
            <Piece piece={piece} />
            <i class="track" aria-hidden="true">
              <i style={{ width: `${chance * 100}%` }} />
            </i>
            <b>{isFine ? finePercent(chance) : percent(chance)}</b>
          </>
        );
        return (
          <li key={i}>
            {action ? (
              <button type="button" tabIndex={i === stop ? 0 : -1} onClick={action.act}>
                {row}
              </button>
            ) : (
              <div>{row}</div>
            )}
          </li>
        );
      })}
    </ol>
  );
}
