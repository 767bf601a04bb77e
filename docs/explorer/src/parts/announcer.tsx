/**
 * Says results and choices to those that listen, once they have been still for half a second.
 * @module
 */
import { effect, signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { finding, overview } from "../answers.ts";
import { titleOf } from "../cells/kinds.ts";
import { percent, pieceText } from "../format.ts";
import { pointed } from "../state.ts";

const said = signal("");

export function Announcer() {
  useEffect(
    () =>
      effect(() => {
        const [{ piece, chance }] = overview.value.next;
        const number = finding.value ? titleOf(finding.value, overview.value) : "";
        if (pointed.value) return undefined;
        const text = `Next ${pieceText(piece)}, ${percent(chance)}. ${number}`;
        const timer = setTimeout(() => {
          said.value = text;
        }, 500);
        return () => clearTimeout(timer);
      }),
    [],
  );
  return (
    <p class="unseen" aria-live="polite">
      {said}
    </p>
  );
}
