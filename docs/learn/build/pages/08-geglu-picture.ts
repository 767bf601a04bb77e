/**
 * Page 8: what GELU lets through, and one neuron along the sentence.
 * @module
 */
import { gelu } from "../../../../src/nn/geglu.ts";
import { element, notice, type Picture, short, text, WIDTH } from "../draw/picture.ts";
import type { Example } from "../example.ts";
import { LAST, pairOf, SPEAKER } from "../she.ts";
import { fixed } from "../text/numbers.ts";
import { plain } from "../text/pieces.ts";

/** A tap of the MLP that page 8 looks at. */
const tapOf = (name: string) => `blocks.${SPEAKER.block}.mlp.${name}`;

/** The gates of all neurons at the last word. */
export const gatesOf = (example: Example): Float64Array =>
  pairOf(example).Mira.row(tapOf("hook_pre"), LAST);

/** What neuron 390 has at each token: gate, up, and its result for either name. */
export function neuronAlong(example: Example) {
  const { Mira, Sam } = pairOf(example);
  return example.pieces.slice(0, LAST + 1).map((piece, l) => {
    const of = (run: typeof Mira, name: string) => run.row(tapOf(name), l)[SPEAKER.neuron];
    return {
      piece: plain(piece),
      gate: of(Mira, "hook_pre"),
      up: of(Mira, "hook_pre_linear"),
      mira: of(Mira, "hook_post"),
      sam: of(Sam, "hook_post"),
    };
  });
}

export function gegluPicture(example: Example): Picture {
  const along = neuronAlong(example);
  return {
    title:
      "Above, what GELU makes of a gate; below, one neuron along the sentence: loud at the last word",
    width: WIDTH,
    height: 440,
    body: [...curve(example), ...bars(along)],
    table: {
      head: ["token", "gate", "up", "gelu(gate) · up", "for Sam"],
      rows: along.map(({ piece, gate, up, mira, sam }) => [
        piece,
        ...[gate, up, mira, sam].map((value) => fixed(value, 2)),
      ]),
    },
  };
}

/** GELU from −10 to 10, with a tick for each gate. */
function curve(example: Example): string[] {
  const [left, wide, bottom, high] = [40, WIDTH - 80, 176, 110];
  const x = (gate: number) => left + ((gate + 10) / 20) * wide;
  const y = (value: number) => bottom - (value / 10) * high;
  const gates = gatesOf(example);
  const points = Array.from({ length: 81 }, (_, i) => -10 + i / 4);
  const line = points.map((gate) => `${short(x(gate))} ${short(y(gelu(gate)))}`).join("L");
  const ticks = Array.from(gates, (gate) => `M${short(x(gate))} ${bottom + 8}v9`).join("");
  const loud = gates[SPEAKER.neuron];
  const closed = gates.filter((gate) => gate < 0).length;
  return [
    text("What GELU lets through, and the gates of 512 neurons at “lighthouse”", 16, 26, {
      of: "bold",
    }),
    element("path", {
      class: "grid",
      d: `M${left} ${bottom}h${wide}M${short(x(0))} ${bottom + 20}V52`,
    }),
    element("path", { class: "line", "stroke-width": 2.5, d: `M${line}` }),
    element("path", { class: "line", "stroke-opacity": "0.35", d: ticks }),
    ...[-10, -5, 0, 5, 10].map((gate) => {
      return text(fixed(gate, 0), x(gate), bottom + 32, { anchor: "middle", of: "small" });
    }),
    text(`${closed} gates are negative:`, x(-9.6), bottom - 34, { of: "small" }),
    text("almost nothing passes", x(-9.6), bottom - 18, { of: "small" }),
    text(`${gates.length - closed} are positive: they pass`, x(3), bottom - 12, { of: "small" }),
    notice(
      { x: x(loud) - 8, y: y(gelu(loud)) - 8, width: 16, height: 16 },
      `neuron ${SPEAKER.neuron}: ${fixed(loud, 2)}`,
      { x: x(loud) - 16, y: y(gelu(loud)) + 4, anchor: "end" },
    ),
  ];
}

/** The neuron's results, Mira's and Sam's side by side. */
function bars(along: ReturnType<typeof neuronAlong>): string[] {
  const [left, top, high] = [24, 282, 96];
  const wide = (WIDTH - 2 * left) / along.length;
  const long = (value: number) => (Math.abs(value) / 180) * high;
  const x = (column: number) => left + column * wide;
  const bar = (value: number, at: number, opacity: number) =>
    element("rect", {
      class: value < 0 ? "below" : "above",
      "fill-opacity": opacity.toFixed(1),
      x: at,
      y: value < 0 ? top : top - long(value),
      width: 12,
      height: Math.max(1, long(value)),
    });
  const last = along[LAST];
  return [
    text(
      `Neuron ${SPEAKER.neuron} of block ${SPEAKER.block}: gelu(gate) · up at each token`,
      16,
      244,
      { of: "bold" },
    ),
    text("strong: Mira's sentence; pale: Sam's", 16, 262, { of: "small faint" }),
    element("path", { class: "grid", d: `M${left} ${top}h${short(WIDTH - 2 * left)}` }),
    ...along.flatMap(({ piece, mira, sam }, column) => {
      const middle = x(column) + wide / 2;
      const at = top + high + (column % 2 ? 46 : 30);
      const isLast = column === LAST;
      return [
        bar(mira, middle - 13, 1),
        bar(sam, middle + 1, 0.5),
        text(piece, isLast ? x(column) + wide : middle, at, {
          anchor: isLast ? "end" : "middle",
          of: "small",
        }),
      ];
    }),
    notice(
      { x: x(LAST) + 2, y: top - 8, width: wide - 4, height: high + 14 },
      `Mira ${fixed(last.mira, 1)}, Sam ${fixed(last.sam, 2)}`,
      { x: x(LAST) - 6, y: top + high - 8, anchor: "end" },
    ),
  ];
}
