/** Bugs of low-rank factors. */
import { loraModel } from "../../../src/tuning/lora/lora.ts";
import type { Bug } from "./parts.ts";

export const LORA_BUGS: readonly Bug[] = [
  {
    name: "LoRA: scale forgotten in the gradient",
    golden: "lora",
    missed: 1,
    parts: {
      loraModel: async (source, options) => {
        const made = await loraModel(source, options);
        const { model, adapter } = made;
        const right = model.accumulate.bind(model);
        const [{ scale }] = adapter.pairs.values(); // one for all
        model.accumulate = async (...args) => {
          const found = await right(...args);
          for (const { gradient } of model.parameters.values()) {
            for (let j = 0; j < gradient.length; j++) gradient[j] /= scale;
          }
          return found;
        };
        return made;
      },
    },
  },
  {
    name: "LoRA: α/√r",
    golden: "lora",
    missed: 3,
    parts: { lora: { rsLora: true } },
  },
];
