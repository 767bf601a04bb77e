/**
 * Of which part of the model bugs are listed.
 * @module
 */
import { change, view } from "../../state.ts";
import { type Break, componentOf } from "./question.ts";

const NAMES: Readonly<Record<string, string>> = {
  embed: "embedding",
  norm: "RMSNorm",
  rope: "RoPE",
  attention: "attention",
  gelu: "GeGLU",
  structure: "how parts are joined",
  cache: "KV cache",
};

export function Which({ told: { bugs } }: { told: Break }) {
  const parts = [...new Set(bugs.map(({ id }) => componentOf(id)))];
  return (
    <label class="which">
      Bugs of{" "}
      <select
        value={view.value ?? ""}
        onChange={({ currentTarget }) =>
          change({ view: currentTarget.value || undefined, bug: undefined })
        }
      >
        <option value="">all parts</option>
        {parts.map((part) => (
          <option key={part} value={part}>
            {NAMES[part] ?? part}
          </option>
        ))}
      </select>
    </label>
  );
}
