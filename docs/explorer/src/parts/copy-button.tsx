/**
 * Copies a text, and says so.
 * @module
 */
import { useEffect, useRef, useState } from "preact/hooks";

/** How long it is said, in milliseconds. */
const SAID = 2000;

export interface CopyButtonProps {
  readonly label: string;
  readonly class?: string;
  text(): string;
  /** What is said where the browser does not let a page write to its clipboard. */
  readonly refused: string;
}

export function CopyButton({ label, class: look, text, refused }: CopyButtonProps) {
  const [said, setSaid] = useState<string>();
  const timer = useRef(0);
  useEffect(() => () => clearTimeout(timer.current), []);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text());
      setSaid("Copied");
    } catch {
      setSaid(refused);
    }
    clearTimeout(timer.current);
    timer.current = window.setTimeout(() => setSaid(undefined), SAID);
  };
  return (
    <button type="button" class={look} onClick={copy}>
      {said ?? label}
    </button>
  );
}
