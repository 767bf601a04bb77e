/**
 * A block: its characters, and the merges that grow out of them. What has merged by now shares a box.
 * @module
 */
import { pieceText, SPACE } from "../../format.ts";
import { BOX, isLong, LEVEL, layoutOf } from "./layout.ts";
import type { Block, Joint } from "./question.ts";
import type { Stand } from "./steps.ts";

/** Height of the bytes that a character falls into. */
const BYTE_ROW = BOX + 4;

export interface TreeProps {
  readonly block: Block;
  readonly stand: Stand;
  /** The last step done is after this one of the whole text. */
  readonly at: number;
  /** The token that is followed. */
  readonly pos: number;
  /** Whether blocks beside this one have a row of bytes: all stand on one line. */
  readonly hasByteRow: boolean;
}

export function Tree({ block, stand, at, pos, hasByteRow }: TreeProps) {
  const { leaves, joints, tokens, first, kind } = block;
  const { width, levels, spots, labels } = layoutOf(block);
  const done = joints.filter(({ number }) => number <= at);
  const isJoined = new Set(done.flatMap(({ left, right }) => [left, right]));
  const nodes = leaves.length + done.length;
  const parts = Array.from({ length: nodes }, (_, node) => node).filter((n) => !isJoined.has(n));
  const foot = levels * LEVEL + 10;
  const areBytes = kind === "bytes" && stand.areBytes;
  const isWhole = parts.length === 1 && (kind !== "bytes" || areBytes);
  const idsAt = foot + BOX + (areBytes ? BYTE_ROW : 0) + 13;
  const height = foot + BOX + (hasByteRow ? BYTE_ROW : 0) + 17;
  const y = (level: number) => foot - level * LEVEL + 2;
  return (
    <svg width={width} height={height} aria-hidden="true">
      {parts.map((node) => {
        const { from, to } = spots[node];
        const isNow =
          node >= leaves.length && joints[node - leaves.length].number === stand.current;
        return (
          <rect
            key={node}
            class={isNow ? "part now" : "part"}
            {...{ x: from + 1, y: foot, width: to - from - 2, height: BOX, rx: 4 }}
          />
        );
      })}
      {done.map((joint, i) => (
        <Arms key={joint.number} {...{ joint, spots, y, foot }} node={leaves.length + i} />
      ))}
      {done.map(({ number, rank }, i) => {
        const { x, level } = spots[leaves.length + i];
        const w = 9 + 6.5 * String(rank).length;
        return (
          <g key={number} class={number === stand.current ? "joint now" : "joint"}>
            <rect {...{ x: x - w / 2, y: y(level) - 8, width: w, height: 16, rx: 4 }} />
            <text {...{ x, y: y(level) + 4 }}>{rank}</text>
          </g>
        );
      })}
      {labels.map((label, i) => (
        <text
          key={i}
          class={`leaf ${label === SPACE ? "space" : isLong(label) ? "long" : ""}`}
          x={spots[i].x}
          y={foot + 18}
        >
          {label}
        </text>
      ))}
      {areBytes &&
        tokens.map(({ piece }, i) => {
          const cell = width / tokens.length;
          const isNow = stand.current !== undefined || first + i === pos;
          return (
            <g key={i} class={isNow ? "byte now" : "byte"}>
              <rect
                {...{ x: i * cell + 1, y: foot + BOX + 4, width: cell - 2, height: BOX - 4, rx: 4 }}
              />
              <text {...{ x: (i + 0.5) * cell, y: foot + BOX + 19 }}>{pieceText(piece)}</text>
            </g>
          );
        })}
      {isWhole &&
        tokens.map(({ id }, i) => (
          <text key={i} class="id" x={((i + 0.5) * width) / tokens.length} y={idsAt}>
            {id}
          </text>
        ))}
    </svg>
  );
}

/** From a joint down to what it joins. */
function Arms(props: {
  joint: Joint;
  node: number;
  spots: ReturnType<typeof layoutOf>["spots"];
  y(level: number): number;
  foot: number;
}) {
  const { joint, node, spots, y, foot } = props;
  const [a, b] = [spots[joint.left], spots[joint.right]];
  const top = y(spots[node].level);
  const end = ({ level }: { level: number }) => (level === 0 ? foot : y(level) - 8);
  return <path class="arms" d={`M${a.x} ${end(a)}V${top}H${b.x}V${end(b)}`} />;
}
