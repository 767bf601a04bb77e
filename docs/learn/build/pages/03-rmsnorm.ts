/**
 * Page 3: how long the stream gets, and what a norm makes of it.
 * @module
 */
import { rmsNorm } from "../../../../src/nn/rmsnorm.ts";
import { float64 } from "../../../../src/tensor/precision.ts";
import { tensor } from "../../../../src/tensor/tensor.ts";
import { logBars } from "../draw/log-bars.ts";
import { notice, type Picture, text, WIDTH } from "../draw/picture.ts";
import type { Example } from "../example.ts";
import type { PageParts } from "../page-parts.ts";
import { digits, fixed, power } from "../text/numbers.ts";

/** Where the stream is looked at: at its start, between the halves of each block, and behind them. */
const STATIONS = [
  ["table", "hook_embed"],
  ...[0, 1, 2, 3].flatMap((block) => [
    [`${block}.mid`, `blocks.${block}.hook_resid_mid`],
    [`${block}.post`, `blocks.${block}.hook_resid_post`],
  ]),
  ["last norm", "ln_final.hook_out"],
] as const;

/** √(mean x²) of each row. */
function sizes(example: Example, tap: string): number[] {
  return example.ids.map((_, row) => {
    const x = example.row(tap, row);
    return Math.sqrt(x.reduce((sum, value) => sum + value * value, 0) / x.length);
  });
}

/** `1.04–2.05`, `36–197` */
function range(values: readonly number[]): string {
  const [least, most] = [Math.min(...values), Math.max(...values)];
  return [least, most].map((size) => (most < 10 ? fixed(size, 2) : fixed(size, 0))).join("–");
}

function sizesPicture(example: Example): Picture {
  const values = STATIONS.map(([, tap]) => sizes(example, tap));
  const names = STATIONS.map(([name]) => name);
  const [left, top, height] = [38, 58, 230];
  // A free place lies before the last group: its label is wider than its bars.
  const chart = logBars(
    [...values.slice(0, -1), [], ...values.slice(-1)],
    [...names.slice(0, -1), "", ...names.slice(-1)],
    {
      left,
      top,
      width: WIDTH - left - 10,
      height,
      from: 0.5,
      to: 300,
    },
  );
  const [last, normed] = [chart.group(values.length - 2), chart.group(values.length)];
  return {
    title: "Sizes of the thirteen vectors, from the table to the last norm",
    width: WIDTH,
    height: 348,
    body: [
      text("Root mean square of each token's vector, on a logarithmic scale", 16, 24, {
        of: "bold",
      }),
      ...chart.body,
      notice(last, range(values[values.length - 2]), {
        x: last.x + last.width / 2,
        y: last.y - 8,
        anchor: "middle",
      }),
      notice(normed, range(values[values.length - 1]), {
        x: normed.x + normed.width,
        y: normed.y - 8,
        anchor: "end",
      }),
      text("each group: 13 tokens, BOS first", left, 336, { of: "small faint" }),
    ],
    table: {
      head: ["token", ...names],
      rows: example.pieces.map((piece, row) => [piece, ...values.map((at) => digits(at[row]))]),
    },
  };
}

export const rmsnorm: PageParts = {
  page: 3,

  figures(example) {
    const mira = example.row("hook_embed", 1);
    const size = example.row("blocks.0.ln1.hook_scale", 1)[0];
    const gains = Array.from(example.model.weights.layers[0].inputLayernorm.gain.data);
    const after = example.row("blocks.0.ln1.hook_out", 1);
    const withoutOne = example.effect(example.bug("norm-without-one"));
    const outside = example.effect(example.bug("norm-eps-outside-root"));
    const centred = example.effect(example.bug("norm-mean-subtracted"));

    const [x, weight] = [
      tensor(new Float64Array([3, 4]), [1, 2]),
      tensor(new Float64Array([0, 0.5]), [2]),
    ];
    const small = rmsNorm(x, weight, { precision: float64 });
    const at = (tap: string) => range(sizes(example, tap));
    return {
      "embedded-range": at("hook_embed"),
      "post-3-range": at("blocks.3.hook_resid_post"),
      "final-range": at("ln_final.hook_out"),
      "small-1": fixed(small.get(0, 0)),
      "small-2": fixed(small.get(0, 1)),
      "mira-channel": fixed(mira[0]),
      "mira-size": fixed(size),
      "mira-gain": fixed(1 + gains[0]),
      "mira-weight": fixed(gains[0]),
      "mira-normed": fixed(after[0]),
      "mira-without-one": fixed((mira[0] / size) * gains[0]),
      "negative-gains": String(gains.filter((gain) => gain < 0).length),
      "least-gain": fixed(Math.min(...gains), 2),
      "most-gain": fixed(Math.max(...gains), 2),
      "without-one-said": withoutOne.said,
      "without-one-distance": digits(withoutOne.distance),
      "outside-distance": power(outside.distance),
      "outside-said": outside.said,
      "centred-distance": digits(centred.distance, 2),
      "centred-said": centred.said,
    };
  },

  pictures: { sizes: sizesPicture },
};
