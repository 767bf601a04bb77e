/**
 * Page 18: the loss of a small model as it learns, with the right gradient and with two wrong ones.
 * @module
 */
import { curves } from "../draw/curves.ts";
import { element, notice, type Picture, text, WIDTH } from "../draw/picture.ts";
import { RUN, type SmallRun, smallRun, type WayBack } from "../learning/small-runs.ts";
import { FLOOR, NOTHING } from "../learning/small-world.ts";
import { fixed } from "../text/numbers.ts";

/** The runs that are drawn, with their colours. */
export const DRAWN = {
  right: "line",
  "the table's way in is forgotten": "below",
  "the table's way out is forgotten": "above",
} as const satisfies Partial<Record<WayBack, string>>;

/** Means of this many steps: a batch is small, and its loss jumps. */
const SMOOTH = 5;

export async function curvePicture(): Promise<Picture> {
  const runs = new Map<string, SmallRun>();
  for (const way of Object.keys(DRAWN) as (keyof typeof DRAWN)[])
    runs.set(way, await smallRun(way));
  const [left, top, width, height] = [44, 54, 480, 210];
  const chart = curves(
    Object.entries(DRAWN).map(([way, of]) => ({ of, values: smoothed(runs.get(way)?.losses) })),
    { left, top, width, height, from: 0.5, to: 4, marks: [1, 2, 3, 4], steps: [0, 20, 40, 60, 79] },
  );
  const across = (value: number) =>
    element("line", {
      class: "line",
      "stroke-dasharray": "4 4",
      "stroke-opacity": 0.6,
      x1: left,
      x2: left + width,
      y1: chart.y(value),
      y2: chart.y(value),
    });
  const key = Object.entries(DRAWN).flatMap(([way, of], i) => {
    const y = 112 + 20 * i;
    return [
      element("path", {
        class: of === "line" ? "line" : `row ${of}`,
        "stroke-width": 3,
        d: `M270 ${y}h22`,
      }),
      text(way === "right" ? "the right gradient" : way, 300, y + 4, { of: "small" }),
    ];
  });
  return {
    title: "A small model learns: with the right gradient, and with two that are wrong",
    width: WIDTH,
    height: top + height + 58,
    body: [
      text("Loss at each step, in nats a token", 16, 26, { of: "bold" }),
      ...chart.body,
      across(NOTHING),
      text("knows nothing", left + width, chart.y(NOTHING) - 6, { anchor: "end", of: "small" }),
      across(FLOOR),
      text("all that can be known", left + 6, chart.y(FLOOR) + 16, { of: "small" }),
      ...key,
      notice(
        { x: chart.x(62), y: chart.y(1) - 6, width: chart.x(79) - chart.x(62) + 8, height: 30 },
        "the lower one is wrong",
        { x: chart.x(79) + 8, y: chart.y(1.55), anchor: "end" },
      ),
      text("step", left + width / 2, top + height + 40, { anchor: "middle", of: "small" }),
    ],
    table: {
      head: ["gradient", ...[0, 10, 20, 40, 60, RUN.steps - 1].map((step) => `step ${step}`)],
      rows: Array.from(runs, ([way, { losses }]) => [
        way,
        ...[0, 10, 20, 40, 60, RUN.steps - 1].map((step) => fixed(losses[step], 3)),
      ]),
    },
  };
}

function smoothed(losses: readonly number[] = []): number[] {
  return losses.map((_, i) => {
    const some = losses.slice(Math.max(0, i - SMOOTH + 1), i + 1);
    return some.reduce((a, b) => a + b, 0) / some.length;
  });
}
