/**
 * The chosen column as lines: how the chance of the answer, and of its rivals, grows with depth.
 * @module
 */
import { overview } from "../../answers.ts";
import { depthName } from "../../depth-name.ts";
import { finePercent, pieceText } from "../../format.ts";
import { isWide } from "../../state.ts";
import type { Lens } from "./question.ts";

const TOP = 10;

export function LensCurves({ lens: { curves, pos, tokens } }: { lens: Lens }) {
  const { streams } = overview.value;
  const [width, height] = isWide.value ? [1000, 128] : [420, 170];
  const [left, right, foot] = [46, width - 92, 26];
  const x = (depth: number) => left + 14 + (depth / (streams.length - 1)) * (right - left - 14);
  const y = (chance: number) => TOP + (1 - chance) * (height - TOP - foot);
  const ends = spread(curves.map(({ chances }) => y(chances[chances.length - 1])));
  return (
    <section class="card curves" aria-label="The chosen column">
      <h3>The chosen column, “{pieceText(tokens[pos]?.piece ?? "")}”</h3>
      <svg viewBox={`0 0 ${width} ${height}`} role="img" aria-label={aloud(curves)}>
        {[0, 0.5, 1].map((chance) => (
          <g key={chance} class="level">
            <path d={`M${left} ${y(chance)}H${right}`} />
            <text x={left - 6} y={y(chance) + 4} text-anchor="end">
              {chance * 100}
              {"\u202f"}%
            </text>
          </g>
        ))}
        {streams.map(({ tap }, depth) => (
          <text key={tap} class="depth" x={x(depth)} y={height - 6} text-anchor="middle">
            {isWide.value ? depthName(depth).replace("attention", "attn") : short(depth)}
          </text>
        ))}
        {[...curves.keys()].reverse().map((i) => (
          <g key={curves[i].token.id} class={`curve curve-${i}`}>
            <path d={`M${curves[i].chances.map((c, d) => `${x(d)} ${y(c)}`).join("L")}`} />
            {curves[i].chances.map((chance, depth) => (
              <circle key={streams[depth]?.tap} cx={x(depth)} cy={y(chance)} r="3.5" />
            ))}
            <text x={right + 10} y={ends[i] + 4}>
              {pieceText(curves[i].token.piece)}
            </text>
          </g>
        ))}
      </svg>
    </section>
  );
}

const short = (depth: number) =>
  depth === 0 ? "emb" : `${(depth - 1) >> 1}${depth % 2 === 1 ? "a" : "m"}`;

/** Labels that would lie on each other are moved apart. */
function spread(heights: readonly number[]): number[] {
  const order = [...heights.keys()].sort((a, b) => heights[a] - heights[b]);
  const placed = [...heights];
  for (const [i, index] of order.entries()) {
    if (i > 0) placed[index] = Math.max(placed[index], placed[order[i - 1]] + 14);
  }
  return placed;
}

function aloud(curves: Lens["curves"]): string {
  return curves
    .map(
      ({ token, chances }) => `${pieceText(token.piece)}: ${chances.map(finePercent).join(", ")}`,
    )
    .join("; ");
}
