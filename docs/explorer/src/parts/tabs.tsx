/**
 * On a phone: what fills the screen.
 * @module
 */
import { isSheetOpen } from "../inspector/sheet.ts";
import type { Panel } from "../panels/names.ts";
import { openPanel, panel } from "../state.ts";

const TABS = [
  ["Stream", undefined],
  ["Panels", "panels"],
  ["Write", "write"],
] as const;

export function Tabs() {
  const tabOf = (name: Panel | undefined) =>
    name === undefined || name === "write" ? name : "panels";
  const open = (name: Panel | undefined) => {
    isSheetOpen.value = false; // also where this panel is open already
    openPanel(name);
  };
  return (
    <nav class="tabs" aria-label="Views">
      {TABS.map(([label, name]) => (
        <button
          key={label}
          type="button"
          aria-current={!isSheetOpen.value && tabOf(panel.value) === name ? "page" : undefined}
          onClick={() => open(name)}
        >
          {label}
        </button>
      ))}
      <button
        type="button"
        aria-expanded={isSheetOpen.value}
        onClick={() => {
          isSheetOpen.value = !isSheetOpen.value;
        }}
      >
        Number
      </button>
    </nav>
  );
}
