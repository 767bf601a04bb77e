/**
 * The chosen part: where it comes from, and what happens without it. The sum explains, and the experiment tells whether it
 * is true.
 * @module
 */
import { chosen, overview } from "../../answers.ts";
import { pieceText, signedActivation, weight } from "../../format.ts";
import { partAt } from "../../model-part.ts";
import { isOff, type OffPart, offWords, partWords, toggled } from "../../off.ts";
import { ChanceBars } from "../../parts/chance-bars.tsx";
import { Piece } from "../../parts/piece.tsx";
import { change, off, openPanel } from "../../state.ts";
import { axisOf } from "./axis.ts";
import type { Attribution, Experiment } from "./question.ts";
import { barStyle } from "./waterfall.tsx";

export function PartCard({ attribution }: { attribution: Attribution }) {
  const { cell } = chosen.value;
  const { model } = overview.value;
  const { parts, experiment } = attribution;
  const index = cell.kind === "part" ? cell.part : undefined;
  const part = index === undefined ? undefined : partAt(index, model.heads);
  return (
    <section class="card part-card" aria-label="Explanation and experiment">
      {index !== undefined && (
        <>
          <h3>
            {part ? capital(partWords(part)) : "The embedding"} gives{" "}
            {signedActivation(parts[index])}
          </h3>
          <Origin part={part} />
        </>
      )}
      {part && <Buttons part={part} />}
      {experiment ? (
        <Compared attribution={attribution} experiment={experiment} />
      ) : (
        <p class="hint">
          A bar is what a part puts into the sum itself. What later parts make of it stands in their
          own bars: the experiment shows both.
        </p>
      )}
    </section>
  );
}

const capital = (text: string) => text[0].toUpperCase() + text.slice(1);

function Origin({ part }: { part: OffPart | undefined }) {
  const { layers, tokens, pos } = overview.value;
  if (!part) {
    return (
      <p>
        The row of <Piece piece={tokens[pos].piece} /> in the table, before any layer.
      </p>
    );
  }
  if (part.kind === "head") {
    const { reads, weight: most } = layers[part.layer].heads[part.head];
    return (
      <p>
        It reads <Piece piece={tokens[reads].piece} /> ({reads}) most, with weight {weight(most)}.
      </p>
    );
  }
  const { firing, units } = layers[part.layer];
  return (
    <p>
      {firing} of its {units.length} units are over 5{"\u202f"}% of the largest.
    </p>
  );
}

function Buttons({ part }: { part: OffPart }) {
  const { layers, pos } = overview.value;
  const isGone = isOff(off.value ?? [], part);
  const look = () => {
    const { layer } = part;
    openPanel(part.kind === "head" ? "attention" : "geglu");
    if (part.kind !== "head") change({ layer });
    else {
      const { reads } = layers[layer].heads[part.head];
      change({ layer, head: part.head, cell: { kind: "weight", query: pos, key: reads } });
    }
  };
  return (
    <p class="buttons">
      <button
        type="button"
        aria-pressed={isGone}
        class="switch"
        onClick={() => change({ off: isGone ? toggled(off.value ?? [], part) : [part] })}
      >
        {isGone ? "Switch it on again" : "Switch it off and see"}
      </button>
      <button type="button" onClick={look}>
        {part.kind === "head" ? "Its attention" : "Its units"}
      </button>
    </p>
  );
}

function Compared({
  attribution,
  experiment,
}: {
  attribution: Attribution;
  experiment: Experiment;
}) {
  const { whole, token, against } = attribution;
  const { explained, whole: measured, tops, off: without } = experiment;
  const axis = axisOf([0, whole, measured, explained ?? 0]);
  const rows = [
    ["all on", whole],
    ["sum without it", explained],
    ["model without it", measured],
  ] as const;
  return (
    <div class="compared">
      <h3>Without {offWords(without)}</h3>
      <ul>
        {rows.map(([label, value]) =>
          value === undefined ? null : (
            <li key={label} class={value < 0 ? "below" : "above"} style={barStyle(axis, 0, value)}>
              <span>{label}</span>
              <b>{signedActivation(value)}</b>
              <i class="lane" aria-hidden="true">
                <i />
                <i class="zero" style={barStyle(axis, 0, 0)} />
              </i>
            </li>
          ),
        )}
      </ul>
      <p>
        {explained === undefined
          ? NO_BARS
          : verdict(explained, measured, token.piece, against?.piece)}
      </p>
      <p class="now">Now it says</p>
      <ChanceBars chances={tops} />
      <button type="button" class="link" onClick={() => openPanel("off")}>
        All heads and MLPs, one by one
      </button>
    </div>
  );
}

const NO_BARS = "A unit is inside the bar of its MLP, so the sum has none to take away.";

/** Whether explanation and experiment agree, in words. */
function verdict(
  explained: number,
  measured: number,
  token: string,
  against: string | undefined,
): string {
  const rest = signedActivation(measured - explained);
  const later = `The other ${rest} comes from later parts: they read a stream that lacks it, and give something else.`;
  if (against === undefined) return later;
  const winner = (value: number) => pieceText(value > 0 ? token : against);
  return winner(explained) === winner(measured)
    ? `Both say ${winner(measured)}. ${later}`
    : `The sum says ${winner(explained)}, the model ${winner(measured)}. ${later}`;
}
