/**
 * The panel that is open, once the code of the panels is there: it comes when one is opened, or when the page has nothing
 * else to do.
 * @module
 */
import { signal } from "@preact/signals";
import type { FunctionComponent } from "preact";
import { useEffect } from "preact/hooks";
import type { PanelName } from "./names.ts";

const components = signal<Readonly<Record<PanelName, FunctionComponent>> | undefined>(undefined);
const failure = signal<string | undefined>(undefined);

async function load(): Promise<void> {
  if (components.value) return;
  failure.value = undefined;
  try {
    components.value = (await import("./all.ts")).COMPONENTS;
  } catch (error) {
    failure.value = (error as Error).message;
  }
}

/** Fetches the code once the page has nothing else to do. */
export function prefetch(): void {
  if ("requestIdleCallback" in globalThis) requestIdleCallback(load);
  else setTimeout(load);
}

export function OpenPanel({ name }: { name: PanelName }) {
  useEffect(() => void load(), [name]);
  const Panel = components.value?.[name];
  if (Panel) return <Panel />;
  return (
    <p class="card wait">
      {failure.value === undefined
        ? "This panel is on its way."
        : `This panel did not arrive: ${failure.value}. Is the server still there? Open it again to try once more.`}
    </p>
  );
}
