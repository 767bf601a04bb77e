/**
 * The panel that is open, once its code is there.
 * @module
 */
import type { FunctionComponent } from "preact";
import { useEffect, useState } from "preact/hooks";
import { PANEL_NAMES, type PanelName } from "./names.ts";
import { PANELS } from "./panels.ts";

const loaded = new Map<PanelName, FunctionComponent>();

async function load(name: PanelName): Promise<FunctionComponent> {
  const { default: component } = await PANELS[name].load();
  loaded.set(name, component);
  return component;
}

/** Fetches the code of all panels, one after another, while the page has nothing else to do. */
export async function prefetch(): Promise<void> {
  const idle = () =>
    new Promise<unknown>((resolve) =>
      "requestIdleCallback" in globalThis ? requestIdleCallback(resolve) : setTimeout(resolve, 200),
    );
  for (const name of PANEL_NAMES) {
    await idle();
    await load(name).catch(() => {}); // it is said when the panel is opened
  }
}

export function OpenPanel({ name }: { name: PanelName }) {
  const [, setLoaded] = useState<unknown>();
  const [failed, setFailed] = useState<string>();
  useEffect(() => {
    setFailed(undefined);
    if (loaded.has(name)) return;
    load(name).then(
      () => setLoaded({}),
      (error: Error) => setFailed(error.message),
    );
  }, [name]);
  const Component = loaded.get(name);
  if (Component) return <Component />;
  return (
    <p class="card wait">
      {failed === undefined
        ? "This panel is on its way."
        : `This panel did not arrive: ${failed}. Is the server still there? Open it again to try once more.`}
    </p>
  );
}
