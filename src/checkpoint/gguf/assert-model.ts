/**
 * GGUF files that are not a whole model: an adapter, the eyes of another model.
 * gguf-py: gguf/constants.py (`Keys.General.TYPE`, `GGUFType`).
 * @module
 */
import { refusals } from "../../errors.ts";
import type { Gguf } from "./read.ts";

/** `general.type` → what it is, and the way out. */
const TYPES: Readonly<Record<string, readonly [title: string, hint: string]>> = {
  adapter: ["a LoRA adapter", "load its base model with it: Gemma.load(BASE, { adapter: FILE })"],
  mmproj: [
    "a projector of images (mmproj)",
    "open the model's own .gguf, without mmproj in its name",
  ],
  controlvector: [
    "a control vector",
    "open the model's own .gguf; what a vector adds to it is not computed here",
  ],
  imatrix: ["an importance matrix", "open the model's own .gguf, without imatrix in its name"],
};

const isOther = (type: unknown): type is string =>
  typeof type === "string" && Object.hasOwn(TYPES, type);

/** @throws {UnsupportedError} if a GGUF file is not a whole model by itself. */
export function assertModel({ metadata, tensors }: Gguf, file: string): void {
  const refuse = refusals("openGguf", file);
  // Older files have no type, and these two say it as their architecture only.
  const isAdapter = [...tensors.keys()].some((name) => name.endsWith(".lora_a"));
  const architecture = metadata.get("general.architecture");
  const said = [metadata.get("general.type"), architecture === "clip" ? "mmproj" : architecture];
  const type = isAdapter ? "adapter" : said.find(isOther);
  if (type === undefined) return;
  const [title, hint] = TYPES[type];
  throw refuse.unsupported("general.type", "a model", title, hint);
}
