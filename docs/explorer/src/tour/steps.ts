/**
 * The tour: ten steps, each of which is a state of the page. Numbers in its texts are those of the page.
 * @module
 */
import { depthName } from "../depth-name.ts";
import { count, percent, pieceText, round, weight } from "../format.ts";
import type { PageState } from "../link.ts";
import type { Overview } from "../messages.ts";

export interface Step {
  readonly title: string;
  /** What has to be chosen beside the page's own text. */
  readonly state: Partial<PageState>;
  text(shown: Overview): string;
}

/** The head that the tour looks at, and its layer. */
const LAYER = 2;
const HEAD = 1;
const BEHIND_MLP = 2 * LAYER + 2;

const answer = ({ next }: Overview) => pieceText(next[0].piece);
const rival = ({ next }: Overview) => pieceText(next[1].piece);
const saidAt = ({ streams }: Overview, depth: number) => streams[depth].lens[0];
const partsOf = ({ model }: Overview) => 1 + model.layers * (model.heads + 1);

export const STEPS: readonly Step[] = [
  {
    title: "One token, seen from inside",
    state: {},
    text: (shown) =>
      `The last token, “${pieceText(shown.tokens[shown.pos].piece)}”, runs left to right. Each layer adds to it: heads fetch from earlier tokens, the MLP thinks alone. Watch layer ${LAYER} fetch ${answer(shown)}. After it, the model would say ${pieceText(saidAt(shown, BEHIND_MLP).piece)}.`,
  },
  {
    title: "Text becomes tokens",
    state: { panel: "tokenizer" },
    text: () =>
      "Gemma reads pieces, not letters. Neighbours merge, best pair first, until no two neighbours make a piece. Type an emoji: no piece fits, so it falls apart into bytes. (Next brings the fox back.)",
  },
  {
    title: "A token becomes numbers",
    state: { cell: { kind: "stream", depth: 0, dim: 0 } },
    text: ({ streams }) => {
      const D = streams[0].values.length;
      return `Its id picks one row of ${D} numbers, times √${D}. This row is the stream: everything that follows is added to it, nothing ever replaces it.`;
    },
  },
  {
    title: "Keep the size in check",
    state: { panel: "rmsnorm", cell: { kind: "norm", norm: 8, dim: 0 } },
    text: ({ streams }) =>
      `The stream grew from length ${round(streams[0].length)} to ${round(streams[streams.length - 1].length)}. Before each step RMSNorm divides it by its root mean square, then scales by one plus a learned weight. Forgetting that one is the classic bug.`,
  },
  {
    title: "Where am I?",
    state: { panel: "rope", layer: LAYER, head: HEAD },
    text: () =>
      "RoPE turns each query and key by angles that grow with position. Lock the distance and slide: both turn alike, and their product stays. Only the distance counts.",
  },
  {
    title: "Looking back",
    state: { panel: "attention", layer: LAYER, head: HEAD },
    text: ({ layers, tokens, model }) => {
      const { reads, weight: most } = layers[LAYER].heads[HEAD];
      const sharing =
        model.keyHeads === 1
          ? `${model.heads} queries share one key and value: multi-query attention.`
          : "";
      return `A query meets every earlier key: multiply, divide by √${model.headDim}, hide the future, softmax. Head ${LAYER}.${HEAD} puts ${weight(most)} of its attention on ${pieceText(tokens[reads].piece)}. ${sharing}`;
    },
  },
  {
    title: "Thinking alone",
    state: { panel: "geglu", layer: LAYER },
    text: ({ layers }) =>
      `In the MLP ${layers[LAYER].units.length} units each decide how far to open: GELU of the gate, times up. Here ${layers[LAYER].firing} fire in layer ${LAYER}. The strongest is chosen: below stands what it writes. Click another.`,
  },
  {
    title: "What would it say now?",
    state: { panel: "lens" },
    text: (shown) => {
      const before = saidAt(shown, BEHIND_MLP);
      return `Read the stream at any depth as if it were the last. At first it repeats its token. After ${depthName(BEHIND_MLP)} it is ${percent(before.chance)} sure of ${pieceText(before.piece)}. The last layer leaves ${percent(shown.next[0].chance)}.`;
    },
  },
  {
    title: "Why this word?",
    state: { panel: "attribution", layer: LAYER, head: HEAD },
    text: (shown) =>
      `The logit is a sum of ${count(partsOf(shown))} parts. Compare ${answer(shown)} with ${rival(shown)}: head ${LAYER}.${HEAD} gives the most. Switch it off: ${rival(shown)} leads, by more than the bar says, because later layers build on what the head wrote.`,
  },
  {
    title: "Now draw",
    state: { panel: "sampling", temperature: 1.2, topP: 0.9 },
    text: () =>
      "Temperature flattens, top-p and top-k cut, a random number falls on the ruler. “Add”, at the top, takes the word; the cache grows by one row. The rest is yours: break something.",
  },
];
