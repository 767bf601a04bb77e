/**
 * Of which part of the model bugs are listed.
 * @module
 */
import { change, view } from "../../state.ts";
import { type Break, componentName, componentOf } from "./question.ts";

export function Which({ told: { bugs } }: { told: Break }) {
  const parts = [...new Set(bugs.map(({ id }) => componentOf(id)))];
  return (
    <label class="which">
      Bugs of{" "}
      <select
        onChange={({ currentTarget }) =>
          change({ view: currentTarget.value || undefined, bug: undefined })
        }
      >
        <option value="" selected={view.value === undefined}>
          all parts
        </option>
        {parts.map((part) => (
          <option key={part} value={part} selected={view.value === part}>
            {componentName(part)}
          </option>
        ))}
      </select>
    </label>
  );
}
