/**
 * The chance of a token when one is drawn, from its logit on: computed again as it is defined, with softmax of nn/.
 * @module
 */
import { inspectSampling } from "../../../../../src/generation/inspect/inspect-sampling.ts";
import { softmax } from "../../../../../src/nn/softmax.ts";
import { float64 as precision } from "../../../../../src/tensor/precision.ts";
import type { CellOf } from "../../cell.ts";
import type { Settings } from "../../messages.ts";
import { drawingOf, optionsOf } from "../../panels/sampling/settings.ts";
import { tokenOf } from "../lens-rows.ts";
import { asRow, rowOf, sumOf } from "../rows.ts";
import type { Run, Subject } from "../subject.ts";
import type { Found } from "./inspect.ts";

/** The most probable tokens have a bar each. */
const BARS = 24;

export async function drawFinding(
  subject: Subject,
  { cache }: Run,
  pos: number,
  { id }: CellOf<"draw">,
  settings: Settings,
): Promise<Found> {
  const logits = rowOf(cache.get("logits"), pos);
  const V = logits.length;
  const drawing = drawingOf(settings, V);
  const { temperature: T, topP, topK } = drawing;
  const max = Math.max(...logits);
  // Greedy has no division: there it is the chance at temperature 1 that orders them.
  const scaledBy = T === 0 ? 1 : T;
  const chances = softmax(asRow(logits.map((logit) => (logit - max) / scaledBy)), { precision });
  const chance = (of: number) => chances.get(0, of);
  const order = [...logits.keys()].sort((a, b) => chance(b) - chance(a) || a - b);
  const rank = order.indexOf(id);
  const mark = rank < BARS ? rank : undefined;
  const top = (of: ArrayLike<number>) => Float64Array.from(order.slice(0, BARS), (i) => of[i]);
  const { candidates } = inspectSampling(logits, { ...optionsOf(drawing), top: V });
  const library = candidates[rank].afterTopK;
  const shown = {
    value: library,
    tops: [{ ...tokenOf(subject, id), chance: library }],
    taps: [`logits [${pos}, ${id}]`],
    source: "src/generation/sampler.ts",
  };
  const first = { label: "logit", value: logits[id] };
  const logitBars = { label: `logits, the ${BARS} highest`, values: top(logits), mark };
  if (T === 0) {
    return {
      ...shown,
      bars: [logitBars],
      steps: [first, { label: "the highest logit", value: max }],
      check: { what: "whether its logit is the highest", again: rank === 0 ? 1 : 0, library },
    };
  }

  // A token stays while those before it sum to at most p; of these, the first k.
  let before = 0;
  const sums = order.map((of) => {
    const sum = before;
    before += chance(of);
    return sum;
  });
  const kept = order.filter((_, r) => sums[r] <= topP).slice(0, topK);
  const isCut = topP < 1 || topK < V;
  const keptSum = kept.reduce((sum, of) => sum + chance(of), 0);
  const isKept = kept.includes(id);
  const share = isCut ? chance(id) / keptSum : chance(id);
  const scaled = logits.map((logit) => logit / T);
  const total = sumOf(logits.map((logit) => Math.exp((logit - max) / T)));
  return {
    ...shown,
    bars: [
      logitBars,
      { label: `chance at temperature ${T}`, values: top(rowOf(chances, 0)), mark },
    ],
    steps: [
      first,
      { label: `÷ temperature ${T}`, value: scaled[id] },
      { label: "exp(· − the highest)", value: Math.exp((logits[id] - max) / T) },
      { label: `÷ sum over all, ${total.toFixed(3)}`, value: chance(id) },
      { label: "more likely ones before it", value: sums[rank] },
      ...(isKept ? [{ label: `÷ what is kept, ${keptSum.toFixed(4)}`, value: share }] : []),
    ],
    check: {
      what: "softmax(), both cuts and the division",
      again: isKept ? share : 0,
      library,
    },
  };
}
