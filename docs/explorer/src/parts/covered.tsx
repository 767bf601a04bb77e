/**
 * Text on a bar in the colour of the answer: drawn twice, for the part of it that lies on the bar, and for the rest.
 * @module
 */
import type { ComponentChildren } from "preact";

export function Covered({ children }: { children: ComponentChildren }) {
  return (
    <>
      {children}
      <span class="covered" aria-hidden="true">
        {children}
      </span>
    </>
  );
}
