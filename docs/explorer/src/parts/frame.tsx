/**
 * The frame of a panel: title, switches, and its content once there is an answer.
 * @module
 */
import type { ComponentChildren } from "preact";
import { isComputing } from "../asked.ts";
import type { PanelName } from "../panels/names.ts";
import { PanelTitle } from "./panel-title.tsx";

export interface FrameProps<A> {
  readonly panel: PanelName;
  /** The question that the panel answers, or its subject. */
  readonly title: string;
  /** What stands beside the title: switches. */
  readonly switches?: ComponentChildren;
  readonly answer: A | undefined;
  children(answer: A): ComponentChildren;
}

export function Frame<A>({ panel, title, switches, answer, children }: FrameProps<A>) {
  return (
    <section class={`panel ${panel}`} aria-label={title}>
      <PanelTitle title={title}>{switches}</PanelTitle>
      {answer === undefined ? (
        <p class="card wait">
          {isComputing.value ? "Computing." : "These numbers come with the model, in a moment."}
        </p>
      ) : (
        children(answer)
      )}
    </section>
  );
}
