/**
 * The chosen number: where it is, what makes it, and whether the library agrees. On a phone it is a sheet at the bottom.
 * @module
 */
import { signal } from "@preact/signals";
import { finding, overview } from "../answers.ts";
import { activation, allDigits, weight } from "../format.ts";
import type { Finding } from "../messages.ts";
import { ChanceBars } from "../parts/chance-bars.tsx";
import { Bars } from "./bars.tsx";
import { Check } from "./check.tsx";
import { Explained } from "./explained.tsx";
import { Formula } from "./formula.tsx";
import { numberOf, whereIs } from "./titles.ts";

export const isSheetOpen = signal(false);

export function Inspector() {
  const found = finding.value;
  if (!found) return null;
  const toggle = () => {
    isSheetOpen.value = !isSheetOpen.value;
  };
  return (
    <aside
      class={isSheetOpen.value ? "inspector open" : "inspector"}
      aria-label="The chosen number"
    >
      <button type="button" class="peek" aria-expanded={isSheetOpen.value} onClick={toggle}>
        <i aria-hidden="true" />
        <span>
          <b>{numberOf(found)}</b> {whereIs(found, overview.value)}
        </span>
      </button>
      <Details {...found} />
    </aside>
  );
}

function Details(found: Finding) {
  const { cell, bars, steps, tops, taps, source, value } = found;
  const isWeight = cell.kind === "weight";
  return (
    <div class="details">
      <h2>The chosen number</h2>
      <p class="where">{whereIs(found, overview.value)}</p>
      <p class="number" title={value === undefined ? undefined : allDigits(value)}>
        {numberOf(found)}
      </p>
      <Check check={found.check} />
      {tops && <ChanceBars chances={tops} />}
      <Formula cell={cell} />
      {bars.map((row) => (
        <Bars key={row.label} {...row} />
      ))}
      <dl>
        {steps.map(({ label, value: step }, i) => (
          <div key={label}>
            <dt>{label}</dt>
            <dd title={allDigits(step)}>{isWeight && i > 1 ? weight(step) : activation(step)}</dd>
          </div>
        ))}
      </dl>
      <Explained cell={cell} isHidden={value === undefined} />
      <ul class="taps">
        {taps.map((tap) => (
          <li key={tap}>
            <code>{tap}</code>
          </li>
        ))}
      </ul>
      <p class="source">
        defined in <code>{source}</code>
      </p>
    </div>
  );
}
