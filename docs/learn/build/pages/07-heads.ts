/**
 * Page 7: all heads at once, and who shares a key.
 * @module
 */
import { countParameters, GEMMA_2B, GEMMA_7B, type GemmaConfig } from "../../../../src/config.ts";
import { kvhead } from "../../../../src/exercises/tasks/kvhead.ts";
import { element, notice, type Picture, text, WIDTH } from "../draw/picture.ts";
import { causalMap } from "../draw/share-map.ts";
import type { Example } from "../example.ts";
import { openGroups } from "../groups.ts";
import type { PageParts } from "../page-parts.ts";
import { patternOf, sharesOf } from "../shares.ts";
import { count, digits, fixed, power } from "../text/numbers.ts";
import { plain } from "../text/pieces.ts";

/** Places in the sentence. */
const [NAME, STOP, LAST, SHE] = [1, 8, 11, 12];
/** Those that carry the answer of page 0: block, head, and whose row looks at whom. */
const CARRIERS = [
  { block: 0, head: 0, l: STOP, s: NAME },
  { block: 0, head: 1, l: STOP, s: NAME },
  { block: 0, head: 3, l: STOP, s: NAME },
  { block: 2, head: 1, l: LAST, s: STOP },
];

const headsOf = ({ model }: Example) => {
  const { numHiddenLayers, numAttentionHeads } = model.config;
  const heads = Array.from({ length: numAttentionHeads }, (_, head) => head);
  return Array.from({ length: numHiddenLayers }, (_, block) => block).flatMap((block) =>
    heads.map((head) => ({ block, head })),
  );
};

function headsPicture(example: Example): Picture {
  const [left, top, cell, gap] = [72, 62, 7.5, 16];
  const size = cell * example.ids.length;
  const x = (head: number) => left + head * (size + gap);
  const y = (block: number) => top + block * (size + gap);
  const body = [
    text("All sixteen patterns: each row looks at the tokens before it", 16, 26, { of: "bold" }),
    ...[0, 1, 2, 3].flatMap((i) => [
      text(`head ${i}`, x(i) + size / 2, top - 10, { anchor: "middle", of: "small" }),
      text(`block ${i}`, left - 10, y(i) + size / 2 + 4, { anchor: "end", of: "small" }),
    ]),
    ...headsOf(example).flatMap(({ block, head }) =>
      causalMap(patternOf(example, block, head), {
        ...{ x: x(head), y: y(block), gap: 0 },
        cell: { width: cell, height: cell },
      }),
    ),
    ...CARRIERS.map(({ block, head, l, s }) =>
      notice(
        {
          x: x(head) + s * cell - 4,
          y: y(block) + l * cell - 4,
          width: cell + 8,
          height: cell + 8,
        },
        block === 0 ? "1" : "3",
        { x: x(head) + (s + 1) * cell + 7, y: y(block) + l * cell + 8 },
      ),
    ),
  ];
  const bottom = y(3) + size;
  body.push(
    text("1 and 3: the steps of page 0", x(0), bottom + 24, { of: "notice" }),
    text("Who reads whose key: four heads above, K keys below", 16, bottom + 58, { of: "bold" }),
    ...[1, 2, 4].flatMap((K, i) => sharing(K, left + i * 160, bottom + 84)),
  );
  return {
    title: "All heads of the model: sixteen patterns, and who shares a key",
    width: WIDTH,
    height: bottom + 170,
    body,
    table: {
      head: ["head", "row 8 looks most at", "row 11 looks most at", "row 12 looks most at"],
      rows: headsOf(example).map(({ block, head }) => [
        `block ${block}, head ${head}`,
        ...[STOP, LAST, SHE].map((l) => {
          const shares = sharesOf(example, block, head, l);
          const s = shares.indexOf(Math.max(...shares));
          return `${s} ${plain(example.pieces[s])} ${fixed(shares[s], 2)}`;
        }),
      ]),
    },
  };
}

/** Four heads, and the keys that they read. */
function sharing(K: number, x: number, y: number): string[] {
  const N = 4;
  const at = (i: number, of: number) => x + ((i + 0.5) * 110) / of;
  const map = headMap("⌊n·K/N⌋", N, K);
  const name = K === 1 ? "MQA, as here" : K === N ? "MHA" : "GQA";
  const lines = map.map((kv, n) => `M${at(n, N)} ${y}L${at(kv, K)} ${y + 40}`).join("");
  const dot = (cx: number, cy: number) => element("circle", { fill: "currentColor", cx, cy, r: 6 });
  return [
    element("path", { class: "line", "stroke-width": 1.5, "stroke-opacity": 0.6, d: lines }),
    ...map.map((_, n) => dot(at(n, N), y)),
    ...Array.from({ length: K }, (_, kv) => dot(at(kv, K), y + 40)),
    text(`K = ${K}: ${name}`, x + 55, y + 66, { anchor: "middle", of: "small" }),
  ];
}

/** Which key each of N heads reads, by a choice that the exercise knows. */
function headMap(map: string, N: number, K: number): number[] {
  const { kvHead } = kvhead.build({ map });
  if (!kvHead) throw new Error(`the exercise has no kvHead for ${map}`);
  return Array.from({ length: N }, (_, n) => kvHead(n, N, K));
}

/** Numbers of keys and values that each token leaves behind. */
const kept = ({ numHiddenLayers, numKeyValueHeads: K, headDim: H }: GemmaConfig) =>
  numHiddenLayers * 2 * K * H;

export const heads: PageParts = {
  page: 7,

  async figures(example) {
    const { config } = example.model;
    const { numAttentionHeads: N, headDim: H, hiddenSize: D } = config;
    const modulo = example.bug("attention-head-modulo");
    const groups = await openGroups();
    const short = example.effect(example.bug("attention-scale-hidden"), true);
    const all = headsOf(example).map(
      ({ block, head }) => sharesOf(example, block, head, SHE)[NAME],
    );
    return {
      heads: String(N),
      width: String(N * H),
      channels: String(D),
      "wide-7b": count(GEMMA_7B.numAttentionHeads * GEMMA_7B.headDim),
      "channels-7b": count(GEMMA_7B.hiddenSize),
      kept: count(kept(config)),
      "kept-2b": count(kept(GEMMA_2B)),
      "kept-7b": count(kept(GEMMA_7B)),
      ratio: digits(kept(GEMMA_7B) / kept(GEMMA_2B)),
      larger: fixed(countParameters(GEMMA_7B).total / countParameters(GEMMA_2B).total, 1),
      "fetch-share": fixed(sharesOf(example, 2, 1, LAST)[STOP], 3),
      "she-best": fixed(Math.max(...all)),
      "she-mean": fixed(all.reduce((sum, share) => sum + share, 0) / all.length, 2),
      "six-two": headMap("⌊n·K/N⌋", 6, 2).join(" "),
      "six-two-modulo": headMap("n mod K", 6, 2).join(" "),
      "modulo-distance": String(example.effect(modulo, true).distance),
      "groups-heads": String(groups.config.numAttentionHeads),
      "groups-keys": String(groups.config.numKeyValueHeads),
      "groups-right": power(groups.distance({})),
      "groups-modulo": fixed(groups.distance(modulo), 2),
      "groups-largest": fixed(groups.largest, 1),
      "short-head": String(D / N),
      "head-size": String(H),
      "short-distance": digits(short.distance, 2),
      "short-said": short.said,
    };
  },

  pictures: { heads: headsPicture },
};
