/**
 * What is written, token by token: under each a line as long as its chance. The view follows the end, unless the reader
 * has scrolled up.
 * @module
 */
import { useLayoutEffect, useRef } from "preact/hooks";
import { percent, pieceText } from "../../format.ts";
import type { Token } from "../../messages.ts";
import { Choices } from "../../parts/choices.tsx";
import type { Step } from "./question.ts";
import { goTo, type Mode, under } from "./writing.ts";

export interface TranscriptProps {
  readonly of: Mode;
  readonly tokens: readonly Token[];
  readonly steps: ReadonlyMap<number, Step>;
  /** The token that the page looks at. */
  readonly chosen: number | undefined;
  /** That whose rivals are shown. */
  readonly looked: number | undefined;
  readonly isRunning: boolean;
}

/** Pixels from the end that still count as the end. */
const NEAR = 24;

export function Transcript({ of, tokens, steps, chosen, looked, isRunning }: TranscriptProps) {
  const box = useRef<HTMLDivElement>(null);
  const follows = useRef(true);
  /** Where it was scrolled to last. */
  const end = useRef(0);
  useLayoutEffect(() => {
    if (!isRunning) return;
    follows.current = true;
    end.current = 0;
  }, [isRunning]);
  useLayoutEffect(() => {
    const view = box.current;
    if (!view) return;
    // The reader may have scrolled a moment ago, and the event be still to come.
    if (view.scrollTop < end.current - NEAR) follows.current = false;
    if (!follows.current) return;
    view.scrollTop = view.scrollHeight;
    end.current = view.scrollTop;
  }, [tokens.length]);
  const onScroll = () => {
    const { scrollTop, clientHeight, scrollHeight } = box.current as HTMLDivElement;
    follows.current = scrollTop + clientHeight >= scrollHeight - NEAR;
  };
  const onPointerOver = ({ target, pointerType }: PointerEvent) => {
    const one = pointerType === "mouse" && (target as Element).closest("[role=option]");
    under.value = one ? [...(one.parentElement?.children ?? [])].indexOf(one) : undefined;
  };
  return (
    <div
      ref={box}
      class="scrolls transcript"
      role="region"
      aria-label="The written text"
      tabIndex={0}
      onScroll={onScroll}
      onPointerOver={onPointerOver}
      onPointerLeave={() => {
        under.value = undefined;
      }}
    >
      <Choices
        label="Tokens of the text, written ones with their chances"
        class="running-text"
        count={tokens.length}
        chosen={chosen}
        choose={(at) => goTo(of, at)}
        nameOf={(at) => {
          const step = steps.get(at);
          const name = `${pieceText(tokens[at].piece)}, position ${at}`;
          return step ? `${name}, written, ${percent(step.chance)}` : name;
        }}
        classOf={(at) =>
          `${steps.has(at) ? "written" : "given"} ${kindOf(tokens[at].piece)} ${at === looked ? "looked" : ""}`
        }
        styleOf={(at) => ({ "--share": steps.get(at)?.chance ?? 0 })}
        item={(at) => <>{inText(tokens[at].piece)}</>}
      />
    </div>
  );
}

/** Markers and bytes have no text of their own. */
const kindOf = (piece: string) => (/^<.+>$/.test(piece) ? "marker" : "");

/** A piece as it stands in a text that breaks its lines. */
function inText(piece: string): string {
  if (/^\n+$/.test(piece)) return piece.replaceAll("\n", "↵\n");
  return pieceText(piece.replaceAll("▁", " "));
}
