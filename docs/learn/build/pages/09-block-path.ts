/**
 * Page 9, second picture: the four steps as one path.
 * @module
 */
import { element, notice, type Picture, text, WIDTH } from "../draw/picture.ts";
import type { Example } from "../example.ts";
import { patchedOf } from "../patching.ts";
import { COPY_HEADS, FETCH, LAST, NAME, type Name, pairOf, SPEAKER, STOP } from "../she.ts";
import { fixed } from "../text/numbers.ts";

/** A step of the path: two values, of Mira's sentence and of Sam's. */
interface Step {
  readonly title: string;
  readonly where: string;
  readonly of: string;
  readonly values: readonly [mira: number, sam: number];
  readonly digits: number;
  readonly limit: number;
}

const look = (
  example: Example,
  name: Name,
  block: number,
  head: number,
  from: number,
  to: number,
) => pairOf(example)[name].tap(`blocks.${block}.attn.hook_pattern`).get(head, from, to);

/** The least share that one of the heads gives the name. */
const leastLook = (example: Example, name: Name) =>
  Math.min(...COPY_HEADS.map((head) => look(example, name, 0, head, STOP, NAME)));

const spoken = (example: Example, name: Name) =>
  pairOf(example)[name].row(`blocks.${SPEAKER.block}.mlp.hook_post`, LAST)[SPEAKER.neuron];

async function stepsOf(example: Example): Promise<readonly Step[]> {
  const { mira, sam, rows } = await patchedOf(example);
  const both = (value: (name: Name) => number) => [value("Mira"), value("Sam")] as const;
  return [
    {
      title: "The full stop looks at the name",
      where: `block 0, heads ${COPY_HEADS.join(", ")}: row ${STOP} to ${NAME}`,
      of: "share of attention",
      values: both((name) => leastLook(example, name)),
      digits: 2,
      limit: 1,
    },
    {
      title: "The fact waits in its column",
      where: `the stream behind block 0, row ${STOP}`,
      of: "she − he, with this vector",
      values: [mira, rows[1][STOP]],
      digits: 1,
      limit: 13,
    },
    {
      title: "The last word fetches it",
      where: `block ${FETCH.block}, head ${FETCH.head}: row ${LAST} to ${STOP}`,
      of: "share of attention",
      values: both((name) => look(example, name, FETCH.block, FETCH.head, LAST, STOP)),
      digits: 2,
      limit: 1,
    },
    {
      title: "The MLP says it",
      where: `block ${SPEAKER.block}, neuron ${SPEAKER.neuron} of ${example.model.config.intermediateSize}`,
      of: "gelu(gate) · up",
      values: both((name) => spoken(example, name)),
      digits: 1,
      limit: 177,
    },
    {
      title: "she, or he",
      where: "logits behind “lighthouse”",
      of: "she − he",
      values: [mira, sam],
      digits: 1,
      limit: 13,
    },
  ];
}

export async function pathPicture(example: Example): Promise<Picture> {
  const steps = await stepsOf(example);
  const [top, height, zero, most] = [52, 66, 452, 60];
  const y = (step: number) => top + step * height;
  const body = [
    text("From the name to the answer, in four steps", 16, 26, { of: "bold" }),
    element("path", { class: "arrow", d: `M30 ${y(0) + 20}V${y(4) + 4}` }),
    element("path", {
      class: "tip",
      d: "M-6 -5L0 6L6 -5Z",
      transform: `translate(30 ${y(4) + 4})`,
    }),
    element("path", { class: "grid", d: `M${zero} ${y(0)}V${y(4) + 50}` }),
  ];
  steps.forEach(({ title, where, of: measured, values, digits: places, limit }, step) => {
    const at = y(step);
    if (step < 4) {
      body.push(
        element("circle", { class: "tip", cx: 30, cy: at + 20, r: 10 }),
        element(
          "text",
          { x: 30, y: at + 24, "text-anchor": "middle", class: "bold ground" },
          String(step + 1),
        ),
      );
    }
    body.push(
      text(title, 52, at + 18, { of: "bold" }),
      text(where, 52, at + 34, { of: "small" }),
      text(measured, 52, at + 49, { of: "small faint" }),
    );
    values.forEach((value, i) => {
      const line = at + 11 + 20 * i;
      const long = (Math.abs(value) / limit) * most;
      body.push(
        text(["Mira", "Sam"][i], 300, line + 10, { of: "small" }),
        element("rect", {
          class: value < 0 ? "below" : "above",
          x: value < 0 ? zero - long : zero,
          y: line,
          width: Math.max(long, 1),
          height: 13,
          rx: 2,
        }),
        text(fixed(value, places), value < 0 ? zero - long - 5 : zero + long + 5, line + 10, {
          anchor: value < 0 ? "end" : "start",
          of: "small",
        }),
      );
    });
  });
  body.push(
    notice({ x: 290, y: y(3) + 4, width: 250, height: 44 }, "loud for Mira, silent for Sam", {
      x: 540,
      y: y(3) - 2,
      anchor: "end",
    }),
  );
  return {
    title: "The four steps from the name to the answer, for Mira and for Sam",
    width: WIDTH,
    height: y(4) + 66,
    body,
    table: {
      head: ["step", "where", "what", "Mira", "Sam"],
      rows: steps.map(({ title, where, of: measured, values, digits: places }) => {
        return [title, where, measured, ...values.map((value) => fixed(value, places))];
      }),
    },
  };
}
