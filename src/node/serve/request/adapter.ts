/**
 * Which adapter a request asks for: by the name of its `model`, as with vLLM's `--lora-modules`. Any other name is the model
 * that is served, with the adapter that is in use, if there is one.
 * @module
 */
import type { Served } from "../routes/route.ts";
import type { Fields } from "./fields.ts";

/** What computes, and what the answer calls it. */
export interface Chosen {
  readonly adapter: string | null;
  readonly model: string;
}

export function takeModel(fields: Fields, { gemma, name }: Served): Chosen {
  const asked = fields.take("model");
  if (typeof asked === "string" && gemma.adapters.includes(asked)) {
    return { adapter: asked, model: asked };
  }
  return { adapter: gemma.adapter, model: name };
}
