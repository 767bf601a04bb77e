/**
 * A row of numbers as bars up and down from 0.
 * @module
 */
import { activation, round } from "../format.ts";
import type { Finding } from "../messages.ts";

const HEIGHT = 36;

export function Bars({ label, role, values, mark }: Finding["bars"][number]) {
  const list = Array.from(values);
  const highest = Math.max(0, ...list);
  const lowest = Math.min(0, ...list);
  const extent = highest - lowest || 1;
  const brief = extent < 1 ? activation : round;
  const y = (value: number) => ((highest - value) / extent) * HEIGHT;
  const path = (isAbove: boolean) =>
    list
      .map((value, i) =>
        value > 0 === isAbove ? `M${i + 0.1} ${y(0)}V${y(value)}h0.8V${y(0)}z` : "",
      )
      .join("");
  const range = `${list.length} numbers, ${activation(Math.min(...list))} to ${activation(Math.max(...list))}`;
  return (
    <figure class="bars">
      <figcaption>
        <b class={role}>{label}</b>
        <small>
          {brief(lowest)} … {brief(highest)}
        </small>
      </figcaption>
      <svg
        viewBox={`0 0 ${list.length} ${HEIGHT}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={`${label}: ${range}`}
      >
        {mark !== undefined && (
          <rect class="mark" x={mark - 0.4} y="0" width="1.8" height={HEIGHT} />
        )}
        <path class="above" d={path(true)} />
        <path class="below" d={path(false)} />
        <path class="zero" d={`M0 ${y(0)}H${list.length}`} />
      </svg>
    </figure>
  );
}
