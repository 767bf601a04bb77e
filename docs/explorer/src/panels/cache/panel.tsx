/**
 * The KV cache: what it holds, what it costs in bytes, and what it saves.
 * @module
 */
import { useEffect, useState } from "preact/hooks";
import { chosen, overview } from "../../answers.ts";
import { useAnswer } from "../../asked.ts";
import { count } from "../../format.ts";
import { Frame } from "../../parts/frame.tsx";
import { Piece } from "../../parts/piece.tsx";
import { SliderField } from "../../parts/slider-field.tsx";
import { change, refuse, step } from "../../state.ts";
import { Bytes } from "./bytes.tsx";
import { OneMore } from "./one-more.tsx";
import type { Cache } from "./question.ts";
import { Strips } from "./strips.tsx";
import "./style.css";

/** Milliseconds of a step, while it plays. */
const BEAT = 500;

export default function CachePanel() {
  const { prompt, tokens } = overview.value;
  const { head } = chosen.value;
  const rows = step.value;
  const isThere = rows === undefined || (rows > 0 && rows <= tokens.length);
  useEffect(() => {
    if (!isThere) refuse("step", `the cache has 1 to ${tokens.length} rows`);
  }, [isThere]);
  const shown = useAnswer("cache", { prompt, head, rows: isThere ? rows : undefined });
  return (
    <Frame panel="cache" title="What does the cache keep?" answer={shown}>
      {(cache) => (
        <>
          <section class="card" aria-label="Rows of the cache">
            <Steps cache={cache} />
            <Strips cache={cache} />
          </section>
          <div class="kv-under-strips">
            <OneMore cache={cache} />
            <Bytes config={cache.config} />
          </div>
        </>
      )}
    </Frame>
  );
}

function Steps({ cache: { tokens, keys, rows: there } }: { cache: Cache }) {
  const all = tokens.length;
  const rows = Math.min(step.value ?? all, all);
  const [isPlaying, setPlaying] = useState(false);
  const go = (to: number) => change({ step: to === all ? undefined : to });
  useEffect(() => {
    if (!isPlaying) return undefined;
    if (rows === all) {
      setPlaying(false);
      return undefined;
    }
    const timer = setTimeout(() => go(rows + 1), BEAT);
    return () => clearTimeout(timer);
  }, [isPlaying, rows, all]);
  const play = () => {
    if (!isPlaying && rows === all) go(1);
    setPlaying(!isPlaying);
  };
  const by = (steps: number) => {
    setPlaying(false);
    go(rows + steps);
  };
  return (
    <div class="kv-steps">
      <p>
        <b>
          {count(there)} of {count(all)} tokens are in.
        </b>{" "}
        “<Piece piece={tokens[there - 1].piece} />” came last, and added one row to each of{" "}
        {2 * keys.length} strips. Nothing above it changed.
      </p>
      <SliderField
        label="Rows"
        value={rows}
        {...{ from: 1, to: all, step: 1 }}
        set={(to) => {
          setPlaying(false);
          go(to);
        }}
      />
      <div class="kv-step-buttons">
        <button type="button" disabled={rows === 1} onClick={() => by(-1)}>
          Rewind one
        </button>
        <button type="button" disabled={rows === all} onClick={() => by(1)}>
          Feed one
        </button>
        <button type="button" class="play" onClick={play}>
          {isPlaying ? "Stop" : "Play"}
        </button>
      </div>
    </div>
  );
}
