/**
 * The page: what is always there, and the panel that is open.
 * @module
 */
import { isComputing } from "./asked.ts";
import { Inspector } from "./inspector/inspector.tsx";
import type { Panel } from "./panels/names.ts";
import { OpenPanel } from "./panels/open-panel.tsx";
import { Announcer } from "./parts/announcer.tsx";
import { Chips } from "./parts/chips.tsx";
import { Footer } from "./parts/footer.tsx";
import { Header } from "./parts/header.tsx";
import { NextWord } from "./parts/next-word.tsx";
import { Notes } from "./parts/notes.tsx";
import { PromptField } from "./parts/prompt-field.tsx";
import { Stream } from "./parts/stream.tsx";
import { StreamLine } from "./parts/stream-line.tsx";
import { Tabs } from "./parts/tabs.tsx";
import { Tiles } from "./parts/tiles.tsx";
import { panel } from "./state.ts";
import { Tour } from "./tour/tour.tsx";

export function App() {
  return (
    <>
      <button type="button" class="skip" onClick={toStage}>
        To the picture
      </button>
      <Header />
      <section class="text" aria-label="The text">
        <div class="words">
          <PromptField />
          <Chips />
        </div>
        <NextWord />
      </section>
      <Notes />
      {hasLine(panel.value) && <StreamLine />}
      <div class="desk">
        <Tour />
        <main id="stage" tabIndex={-1} class={isComputing.value ? "computing" : ""}>
          <Stage />
        </main>
        <Inspector />
      </div>
      <Footer />
      <Tabs />
      <Announcer />
    </>
  );
}

/** Above a panel, the stream is a narrow line; the lens is the stream, and the list of panels is none. */
const hasLine = (name: Panel | undefined) =>
  name !== undefined && name !== "lens" && name !== "panels";

function Stage() {
  const name = panel.value;
  if (name === "panels") return <Tiles />;
  if (name !== undefined) return <OpenPanel name={name} />;
  return (
    <>
      <Stream />
      <Tiles />
    </>
  );
}

/** By hand, as the fragment is the link of the state. */
function toStage(): void {
  document.querySelector<HTMLElement>("#stage")?.focus();
}
