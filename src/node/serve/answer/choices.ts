/**
 * All choices of one request. Those whose prompts begin alike go one behind the other through a slot, in the order in which
 * least is fed, as an evaluation has it; as many stretches of that order go side by side as the backend gains by.
 * @module
 */
import { merge } from "../../../evaluation/prefix/merge.ts";
import { stretchesOf } from "../../../evaluation/prefix/order.ts";
import type { Gemma } from "../../../gemma.ts";
import { type ChoicePart, type ChoiceRequest, makeChoice } from "./choice.ts";
import type { Slots } from "./slots.ts";

/** The parts of all choices, as they come. Leaving the loop stops the work. */
export async function* makeChoices(
  gemma: Gemma,
  slots: Slots,
  requests: readonly ChoiceRequest[],
  {
    adapter,
    atOnce,
    signal,
  }: { readonly adapter: string | null; readonly atOnce: number; readonly signal: AbortSignal },
): AsyncGenerator<ChoicePart, void> {
  const stretches = stretchesOf(
    requests.map(({ ids }) => ids),
    atOnce,
  );
  const model = gemma.model.withAdapter(adapter);
  yield* merge(
    stretches.map(async function* (stretch) {
      for (const { index } of stretch) {
        const request = requests[index];
        yield* slots.with(model, request.ids, signal, (slot) => {
          return makeChoice(gemma, slot, request, signal);
        });
      }
    }),
  );
}
