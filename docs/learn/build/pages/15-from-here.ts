/**
 * Page 15: the forward pass once more, as a program for a machine.
 * @module
 */
import { GEMMA_2B, GEMMA_7B } from "../../../../src/config.ts";
import { forwardTape } from "../../../../src/model/tape.ts";
import { element, notice, type Picture, text, WIDTH } from "../draw/picture.ts";
import type { Example } from "../example.ts";
import type { PageParts } from "../page-parts.ts";
import { programOf, slotsOf } from "../program.ts";

/** Slots whose names are long, as columns call them. */
const SHORT: Readonly<Record<string, string>> = {
  normed: "norm",
  block_out: "out",
  "mlp.hook_pre": "gate",
  "mlp.hook_pre_linear": "up",
  "mlp.hook_post": "gated",
};
const short = (slot: string) => SHORT[slot] ?? slot.replace("attn.hook_", "");

/** The steps of block 0: from the embedding to where the next block begins. */
function blockSteps({ model }: Example) {
  const tape = programOf(model.config);
  const length = (tape.length - 3) / model.config.numHiddenLayers; // without embedding, last norm and logits
  return tape.slice(1, 1 + length);
}

function tapePicture(example: Example): Picture {
  const steps = blockSteps(example).map((step) => ({ op: step.op, ...slotsOf(step) }));
  const slots = [...new Set(["stream", ...steps.flatMap(({ writes }) => writes)])];
  const kernels = new Set(steps.map(({ op }) => op)).size;
  const [left, top, wide, high] = [112, 84, 42, 22];
  const x = (slot: string) => left + (slots.indexOf(slot) + 0.5) * wide;
  const y = (step: number) => top + (step + 0.5) * high;
  const bottom = top + steps.length * high;
  const body = [
    text(`Block 0 as a tape: ${steps.length} calls of ${kernels} kernels, and the slots`, 16, 26, {
      of: "bold",
    }),
    ...slots.map((slot) => text(short(slot), x(slot), top - 10, { anchor: "middle", of: "small" })),
    ...slots.map((slot) =>
      element("line", { class: "grid", x1: x(slot), x2: x(slot), y1: top, y2: bottom }),
    ),
  ];
  steps.forEach(({ op, writes, reads }, i) => {
    const ends = [...writes, ...reads].map(x);
    body.push(text(op, left - 8, y(i) + 4, { anchor: "end", of: "small mono" }));
    const [x1, x2] = [Math.min(...ends), Math.max(...ends)];
    body.push(
      element("line", { class: "line", x1, x2, y1: y(i), y2: y(i), "stroke-opacity": 0.5 }),
    );
    for (const slot of reads) body.push(dot(x(slot), y(i), writes.includes(slot)));
    for (const slot of writes) {
      if (!reads.includes(slot)) body.push(dot(x(slot), y(i), true));
    }
  });
  const adds = steps.flatMap(({ op }, i) => (op === "add" ? [i] : []));
  const ring = (i: number) => ({ x: x("stream") - 11, y: y(i) - 10, width: 22, height: 20 });
  body.push(notice(ring(adds[0]), "", { x: 0, y: 0 }));
  body.push(
    notice(ring(adds[1]), "the stream is added to in place, twice a block", {
      x: left,
      y: bottom + 24,
    }),
    dot(left + 6, bottom + 44, true),
    text("writes", left + 18, bottom + 48, { of: "small" }),
    dot(left + 76, bottom + 44, false),
    text("reads", left + 88, bottom + 48, { of: "small" }),
  );
  return {
    title: "The tape of a block: each call of a kernel, the slot it writes, and those it reads",
    width: WIDTH,
    height: bottom + 62,
    body,
    table: {
      head: ["kernel", "writes", "reads"],
      rows: steps.map(({ op, writes, reads }) => [
        op,
        writes.map(short).join(", ") || "the cache",
        reads.map(short).join(", "),
      ]),
    },
  };
}

function dot(cx: number, cy: number, isFull: boolean): string {
  const hollow = { class: "ground", stroke: "currentColor", "stroke-width": 1.5 };
  return element("circle", { ...(isFull ? { class: "above" } : hollow), cx, cy, r: 5 });
}

export const fromHere: PageParts = {
  page: 15,

  figures(example) {
    const { config } = example.model;
    const program = programOf(config);
    const slots = new Set(program.flatMap((step) => slotsOf(step).writes));
    const kernels = new Set(program.map(({ op }) => op));
    return {
      steps: String(program.length),
      "steps-2b": String(forwardTape(GEMMA_2B).length),
      "steps-7b": String(forwardTape(GEMMA_7B).length),
      kernels: String(kernels.size),
      slots: String(slots.size),
    };
  },

  pictures: { tape: tapePicture },
};
