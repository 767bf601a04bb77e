/**
 * How far the bug moves the stream at each depth, and where it begins.
 * @module
 */
import { depthName } from "../../depth-name.ts";
import { percent } from "../../format.ts";
import type { Broken } from "./question.ts";

export function Moved({ broken: { moved, first = "" } }: { broken: Broken }) {
  const most = Math.max(...moved);
  const begin = columnOf(first, moved.length - 1);
  return (
    <figure class="moved">
      <figcaption>
        <h4>How far it moves the stream</h4>
        <p>
          First number that differs: <code>{first}</code>
        </p>
      </figcaption>
      <div class="scrolls" role="region" aria-label="How far the stream is moved" tabIndex={0}>
        <ol style={{ "--columns": moved.length }}>
          {moved.map((by, depth) => (
            <li key={depth} class={depth === begin ? "begin" : ""}>
              <small>{said(by)}</small>
              <i class="pole" aria-hidden="true">
                <i style={{ height: `${most === 0 ? 0 : (100 * by) / most}%` }} />
              </i>
              <span>
                {depth === moved.length - 1 ? "logits" : short(depth)}
                {depth === begin && <b>begins</b>}
              </span>
            </li>
          ))}
        </ol>
      </div>
      <p class="legend">
        Length of the difference over the length of what is there without the bug, at the chosen
        token. The tallest bar is the largest of these.
      </p>
    </figure>
  );
}

const short = (depth: number) =>
  depth === 0 ? "embed" : depthName(depth).replace("attention", "attn");

/** 52 %; below a thousandth 4e−6; and nothing at all in words. */
function said(moved: number): string {
  if (moved === 0) return "same";
  return moved < 1e-3 ? moved.toExponential(0).replace("-", "−") : percent(moved);
}

/** The column in which a tap lies: that of the stream into which it flows. */
function columnOf(tap: string, logits: number): number {
  const [, layer, name] = /^blocks\.(\d+)\.(.*)$/.exec(tap) ?? [];
  if (layer === undefined) return tap.includes("embed") ? 0 : logits;
  return 2 * Number(layer) + (/^(ln2|mlp|hook_mlp|hook_resid_post)/.test(name) ? 2 : 1);
}
