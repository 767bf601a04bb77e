/**
 * Page 8: what the neurons of an MLP say, and other activations.
 * @module
 */

import { countParameters } from "../../../../src/config.ts";
import { solved } from "../../../../src/exercises/exercise.ts";
import { choicesWith } from "../../../../src/exercises/run/name-mistake.ts";
import { geglu as exercise } from "../../../../src/exercises/tasks/geglu.ts";
import { gelu } from "../../../../src/nn/geglu.ts";
import type { PageParts } from "../page-parts.ts";
import { LAST, pairOf, SPEAKER } from "../she.ts";
import { digits, fixed } from "../text/numbers.ts";
import { gatesOf, gegluPicture, neuronAlong } from "./08-geglu-picture.ts";

export const geglu: PageParts = {
  page: 8,

  figures(example) {
    const { hiddenSize: D, intermediateSize: F } = example.model.config;
    const { total } = countParameters(example.model.config);
    const along = neuronAlong(example);
    const { gate, up, mira, sam } = along[LAST];
    const quiet = along.slice(0, LAST).map((token) => Math.abs(token.mira));
    const small = solved(exercise).geglu?.(Float64Array.of(1, -1, 3), Float64Array.of(2, 2, -2));
    const gates = gatesOf(example);
    const effects = {
      swapped: example.effect(example.bug("gelu-gate-up-swapped")),
      erf: example.effect(example.bug("gelu-erf")),
      silu: example.effect(example.bug("gelu-silu")),
      alone: example.effectOf(
        exercise.build(choicesWith(exercise, [{ knob: "branch", choice: "gate alone" }])),
      ),
    };
    return {
      neurons: String(F),
      channels: String(D),
      share: fixed((100 * 3 * D * F * example.model.config.numHiddenLayers) / total, 0),
      "gelu-minus-1": fixed(gelu(-1)),
      "gelu-1": fixed(gelu(1)),
      "gelu-loud": fixed(gelu(gate)),
      closed: String(gates.filter((value) => value < 0).length),
      gate: fixed(gate, 2),
      up: fixed(up, 2),
      mira: fixed(mira, 1),
      "sam-gate": fixed(
        pairOf(example).Sam.row(`blocks.${SPEAKER.block}.mlp.hook_pre`, LAST)[SPEAKER.neuron],
        2,
      ),
      sam: fixed(sam, 2),
      quiet: fixed(Math.max(...quiet), 1),
      ...Object.fromEntries(
        Array.from(small ?? [], (value, i) => [`small-${i + 1}`, fixed(value)]),
      ),
      ...Object.fromEntries(
        Object.entries(effects).flatMap(([name, { said, distance }]) => [
          [`${name}-said`, said],
          [`${name}-distance`, digits(distance, 2)],
        ]),
      ),
    };
  },

  pictures: { gates: gegluPicture },
};
