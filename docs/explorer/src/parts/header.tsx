/**
 * What this is, which model computes, and how to keep or change the look of it.
 * @module
 */
import { overview } from "../answers.ts";
import { isComputing } from "../asked.ts";
import { count, megabytes } from "../format.ts";
import { model } from "../model.ts";
import { change, isDark, tour } from "../state.ts";
import { STEPS } from "../tour/steps.ts";
import { goToStep } from "../tour/tour.tsx";
import { CopyButton } from "./copy-button.tsx";

export function Header() {
  const next = isDark.value ? "light" : "dark";
  return (
    <header>
      <h1>Inside Gemma</h1>
      <p class="tagline">every number of a running model</p>
      <ModelStatus />
      <button
        type="button"
        class={tour.value === undefined ? "" : "primary"}
        onClick={() => goToStep(tour.value ?? 1)}
      >
        {tour.value === undefined ? "Tour" : `Tour ${tour.value} / ${STEPS.length}`}
      </button>
      <CopyButton
        class="copy"
        label="Copy link"
        text={() => location.href}
        refused="It stands above"
      />
      <button
        type="button"
        class="icon"
        aria-label={`Show the page ${next}`}
        title={`Show the page ${next}`}
        onClick={() => change({ theme: next })}
      >
        <svg viewBox="0 0 16 16" aria-hidden="true">
          <circle cx="8" cy="8" r="6" fill="none" stroke="currentColor" stroke-width="1.5" />
          <path d="M8 2a6 6 0 0 1 0 12z" fill="currentColor" />
        </svg>
      </button>
    </header>
  );
}

function ModelStatus() {
  const state = model.value;
  const { name, layers, weights, backend } = overview.value.model;
  const size = `${layers} layers, ${count(weights)} weights, ${backend}, on your machine`;
  if (state.kind === "broken") {
    return (
      <p class="status broken">
        <i class="dot" aria-hidden="true" /> {state.message}. What you see was recorded.
      </p>
    );
  }
  if (state.kind === "loading") {
    const { loaded, total } = state;
    return (
      <p class="status loading">
        <i class="dot" aria-hidden="true" />
        <span>
          recorded example; the model is on its way
          {total > 0 && ` (${megabytes(loaded)} of ${megabytes(total)})`}
        </span>
      </p>
    );
  }
  return (
    <p class="status ready" data-ready>
      <i class="dot" aria-hidden="true" />
      <b>{name}</b> <span class="size">{size}</span>
      <span class="working">{isComputing.value ? "computing" : "ready"}</span>
    </p>
  );
}
