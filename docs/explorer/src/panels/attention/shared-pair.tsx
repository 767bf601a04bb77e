/**
 * How many queries share a key and a value: all in MQA, as in the 2B.
 * @module
 */
import { overview } from "../../answers.ts";
import { count } from "../../format.ts";
import { change, view } from "../../state.ts";

const HEIGHT = 34;

export function SharedPair({ head }: { head: number }) {
  const { model } = overview.value;
  const { heads, headDim } = model;
  const isAsMha = view.value === "mha";
  const keyHeads = isAsMha ? heads : model.keyHeads;
  const group = heads / keyHeads;
  const middle = (index: number, of: number) => ((index + 0.5) * heads * HEIGHT) / of;
  const mine = Math.floor(head / group);
  const box = Math.min(28, (heads * HEIGHT) / (2 * keyHeads) - 3);
  const bytes = 2 * keyHeads * headDim * 4;
  return (
    <section class="card shared-pair" aria-label="Who shares keys and values">
      <h3>
        {keyHeads === heads
          ? `${heads} queries, each with its own pair`
          : `${heads} queries share ${keyHeads === 1 ? "one pair" : `${keyHeads} pairs`}`}
      </h3>
      <svg viewBox={`0 0 200 ${heads * HEIGHT}`} aria-hidden="true">
        {Array.from({ length: heads }, (_, n) => {
          const y = middle(n, heads);
          const pair = Math.floor(n / group);
          return [0, 1].map((which) => {
            const to = middle(2 * pair + which, 2 * keyHeads);
            return (
              <path
                key={`${n}.${which}`}
                class={n === head ? "mine" : ""}
                d={`M62 ${y} C 95 ${y}, 95 ${to}, 128 ${to}`}
              />
            );
          });
        })}
        {Array.from({ length: heads }, (_, n) => (
          <g key={n} class={n === head ? "q mine" : "q"}>
            <rect x="2" y={middle(n, heads) - 12} width="60" height="24" rx="5" />
            <text x="32" y={middle(n, heads) + 4}>
              q {n}
            </text>
          </g>
        ))}
        {Array.from({ length: 2 * keyHeads }, (_, i) => (
          <g key={i} class={`${i % 2 === 0 ? "k" : "v"} ${i >> 1 === mine ? "" : "far"}`}>
            <rect x="128" y={middle(i, 2 * keyHeads) - box / 2} width="66" height={box} rx="4" />
            <text x="161" y={middle(i, 2 * keyHeads) + 4}>
              {i % 2 === 0 ? "key" : "value"}
            </text>
          </g>
        ))}
      </svg>
      <p>
        {isAsMha ? "A drawing only: then the cache would keep" : "The cache keeps"} {count(bytes)} B
        a token and layer in float32.
      </p>
      {model.keyHeads < heads && (
        <button
          type="button"
          aria-pressed={isAsMha}
          onClick={() => change({ view: isAsMha ? undefined : "mha" })}
        >
          Draw MHA, as in the 7B
        </button>
      )}
    </section>
  );
}
