/**
 * The chosen number: where it is, what makes it, and whether the library agrees. On a phone it is a sheet at the bottom.
 * @module
 */
import { finding, overview } from "../answers.ts";
import { kindOf, numberOf, whereIs } from "../cells/kinds.ts";
import { activation, allDigits } from "../format.ts";
import type { Finding } from "../messages.ts";
import { Ask } from "../parts/ask.tsx";
import { ChanceBars } from "../parts/chance-bars.tsx";
import { CopyButton } from "../parts/copy-button.tsx";
import { isPinned, pin, pointed, unpin } from "../state.ts";
import { Bars } from "./bars.tsx";
import { Check } from "./check.tsx";
import { codeOf } from "./code.ts";
import { isSheetOpen } from "./sheet.ts";
import { SwitchOff } from "./switch-off.tsx";

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
  const { formula, explained, writeStep = activation } = kindOf(cell);
  return (
    <div class="details">
      <div class="details-title">
        <h2>{pointed.value ? "Under the pointer" : "The chosen number"}</h2>
        {isPinned.value ? (
          <button type="button" class="link" onClick={unpin}>
            pinned: let go <kbd>Esc</kbd>
          </button>
        ) : (
          !pointed.value && (
            <button type="button" class="link" onClick={pin}>
              pin
            </button>
          )
        )}
      </div>
      <p class="where">{whereIs(found, overview.value)}</p>
      <p class="number" title={value === undefined ? undefined : allDigits(value)}>
        {numberOf(found)}
      </p>
      <Check check={found.check} />
      <p class="explained">{explained(cell)}</p>
      {tops && <ChanceBars chances={tops} />}
      <math display="block">{formula(cell)}</math>
      {bars.map((row) => (
        <Bars key={row.label} {...row} />
      ))}
      <dl>
        {steps.map(({ label, value: step }, i) => (
          <div key={label}>
            <dt>{label}</dt>
            <dd title={allDigits(step)}>{writeStep(step, i)}</dd>
          </div>
        ))}
      </dl>
      <SwitchOff found={found} />
      <Ask />
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
      <p>
        <CopyButton
          class="link"
          label="Copy as code"
          text={() => codeOf(found)}
          refused="The browser does not let this page copy"
        />
      </p>
    </div>
  );
}
