/**
 * What is off, to be switched on again, and units by their number.
 * @module
 */
import { useRef, useState } from "preact/hooks";
import { overview } from "../../answers.ts";
import { isOff, type Off, partName, partText, partWords, toggled } from "../../off.ts";
import { change } from "../../state.ts";

export function Switched({ off }: { off: Off }) {
  const { layers } = overview.value;
  return (
    <div class="switched">
      <p class="list">
        <span>Off:</span>
        {off.map((part) => (
          <button
            key={partText(part)}
            type="button"
            aria-label={`Switch ${partWords(part)} on`}
            onClick={() => change({ off: toggled(off, part) })}
          >
            {partName(part)} <i aria-hidden="true">×</i>
          </button>
        ))}
        {off.length === 0 ? (
          <span>nothing. Choose a square.</span>
        ) : (
          <button type="button" class="link" onClick={() => change({ off: [] })}>
            all on
          </button>
        )}
      </p>
      <UnitField off={off} layers={layers.length} units={layers[0].units.length} />
    </div>
  );
}

function UnitField({ off, layers, units }: { off: Off; layers: number; units: number }) {
  const [layer, setLayer] = useState(0);
  const unit = useRef<HTMLInputElement>(null);
  const add = (event: Event) => {
    event.preventDefault();
    const text = unit.current?.value ?? "";
    if (text === "") return;
    const part = { kind: "unit", layer, unit: Number(text) } as const;
    if (!isOff(off, part)) change({ off: toggled(off, part) });
  };
  return (
    <form onSubmit={add}>
      <label>
        Unit <input ref={unit} type="number" min={0} max={units - 1} step={1} required />
      </label>
      <label>
        of layer{" "}
        <select
          value={layer}
          onChange={({ currentTarget }) => setLayer(Number(currentTarget.value))}
        >
          {Array.from({ length: layers }, (_, l) => (
            <option key={l} value={l}>
              {l}
            </option>
          ))}
        </select>
      </label>
      <button type="submit">Switch off</button>
    </form>
  );
}
