/**
 * On a phone: what fills the screen.
 * @module
 */

import { isSheetOpen } from "../inspector/inspector.tsx";
import { openPanel, panel } from "../state.ts";

const TABS = [
  ["Stream", undefined],
  ["Attention", "attention"],
  ["Lens", "lens"],
] as const;

export function Tabs() {
  const open = (name: (typeof TABS)[number][1]) => {
    isSheetOpen.value = false;
    openPanel(name);
  };
  return (
    <nav class="tabs" aria-label="Views">
      {TABS.map(([label, name]) => (
        <button
          key={label}
          type="button"
          aria-current={!isSheetOpen.value && panel.value === name ? "page" : undefined}
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
