/**
 * Page 14: how far known bugs are from Google's numbers, and what becomes of the story.
 * @module
 */
import { maxAbs } from "../../../../src/conformance/metrics.ts";
import { MUTANTS } from "../../../../src/conformance/mutants/mutants.ts";
import { roundToBfloat16 } from "../../../../src/tensor/bfloat16.ts";
import { type Way, waysOf } from "../distances.ts";
import { logDots } from "../draw/log-dots.ts";
import { element, notice, type Picture, text, WIDTH } from "../draw/picture.ts";
import type { Example } from "../example.ts";
import { readGolden } from "../golden.ts";
import type { PageParts } from "../page-parts.ts";
import { count, digits, fixed, markdownTable, power } from "../text/numbers.ts";

/** `4.8 · 10⁻⁶`, `0.0077`, `24.1` */
function distance(x: number): string {
  if (x < 1e-3) return power(x);
  return x < 1000 ? digits(x, x < 0.01 ? 2 : 3) : count(Math.round(x));
}

function named(example: Example, name: string): Way {
  const way = waysOf(example).find((one) => one.name === name);
  if (way === undefined) throw new Error(`no way ${name} in docs/learn/build/distances.ts`);
  return way;
}

function distancesPicture(example: Example): Picture {
  const ways = waysOf(example);
  const chart = logDots(
    ways.map(({ name, distance: value, isBug, story }) => ({
      ...{ name, value, isFull: isBug },
      words: story,
    })),
    { left: 138, top: 62, width: 262, step: 22, from: -15, to: 5, every: 5 },
  );
  const last = ways.length - 1;
  const ring = { x: chart.x(ways[last].distance) - 11, y: chart.y(last) - 10, height: 20 };
  const right = WIDTH - 10;
  return {
    title: "Known bugs by their distance from Google's numbers, and what becomes of the story",
    width: WIDTH,
    height: chart.bottom + 62,
    body: [
      text("Largest difference of any logit, on a logarithmic scale", 16, 24, { of: "bold" }),
      text("its story", 414, 48, { of: "small faint" }),
      ...chart.body,
      element("circle", { class: "above", cx: 30, cy: chart.bottom + 40, r: 5 }),
      text("a known bug", 42, chart.bottom + 44, { of: "small" }),
      element("circle", {
        class: "line",
        "stroke-width": 1.5,
        cx: 126,
        cy: chart.bottom + 40,
        r: 5,
      }),
      text("no bug, but its own roundings", 138, chart.bottom + 44, { of: "small" }),
      notice({ ...ring, width: right - ring.x }, "farthest off, and the same story", {
        x: right,
        y: chart.bottom + 44,
        anchor: "end",
      }),
    ],
    table: {
      head: ["what computes", "distance", "its story"],
      rows: ways.map(({ name, distance: value, story }) => [name, distance(value), story]),
    },
  };
}

/** Where each bug shows first. */
function firstTaps(example: Example): string {
  const rows = waysOf(example).flatMap(({ name, isBug, firstTap }) =>
    isBug ? [[name, firstTap === undefined ? "no tap differs" : `\`${firstTap}\``]] : [],
  );
  return markdownTable(["bug", "first tap that differs"], rows);
}

export const rightOrFluent: PageParts = {
  page: 14,

  figures(example) {
    const { prompt, ids, answer, logits } = readGolden();
    const of = (name: string) => distance(named(example, name).distance);
    const said = (bug: string) => example.continue(prompt, example.bug(bug));
    const bugs = waysOf(example).filter(({ isBug }) => isBug);
    const told = (story: Way["story"]) => String(bugs.filter((way) => way.story === story).length);
    const ratio = (x: string, y: string) =>
      digits(named(example, x).distance / named(example, y).distance, 2);
    return {
      tokens: String(ids.length),
      "logits-count": count(logits.float64.length),
      "largest-logit": fixed(maxAbs(logits.float64), 1),
      compared: String(ids.length - prompt.length + 1),
      right: of("ours, float64"),
      "google-float32": of("Google's float32"),
      "google-bfloat16": of("Google's bfloat16"),
      epsilon: of("ε outside the root"),
      erf: of("GELU with erf"),
      "no-last-norm": of("no last norm"),
      oneself: of("no look at oneself"),
      modulo: of("key head n mod K"),
      mutants: String(MUTANTS.length),
      bugs: String(bugs.length),
      same: told("the same"),
      "well-told": told("another, well told"),
      broken: told("broken"),
      "erf-float32": ratio("GELU with erf", "Google's float32"),
      "bfloat16-erf": ratio("Google's bfloat16", "GELU with erf"),
      "tenth-bfloat16": fixed(roundToBfloat16(0.1), 7),
      "tenth-off": power(Math.abs(roundToBfloat16(0.1) - 0.1)),
      "tenth-float32-off": power(Math.abs(Math.fround(0.1) - 0.1)),
      "said-right": example.tokenizer.decode(answer.slice(0, 24)),
      "said-mean": said("norm-mean-subtracted"),
      "said-oneself": said("attention-not-itself"),
      "said-swapped": said("gelu-gate-up-swapped"),
    };
  },

  pictures: { distances: distancesPicture },
  blocks: { taps: firstTaps },
};
