/**
 * The parts that the report lists, and where each is: its code, its page of the road, its panel of the explorer.
 * @module
 */
import { markdownTable } from "../text/numbers.ts";

interface Component {
  readonly name: string;
  /** Files of src/. */
  readonly code: readonly string[];
  /** Pages of the road. */
  readonly pages: readonly number[];
  /** A panel of the explorer. */
  readonly panel?: string;
}

const COMPONENTS: readonly Component[] = [
  {
    name: "Tokenizer: SentencePiece, digits apart, bytes for the unknown",
    code: ["tokenizer/tokenizer.ts", "tokenizer/bpe-plain.ts"],
    pages: [1],
    panel: "tokenizer",
  },
  { name: "Embedding, shared with the output", code: ["nn/embedding.ts"], pages: [2, 10] },
  { name: "RMSNorm before each sub-layer", code: ["nn/rmsnorm.ts"], pages: [3], panel: "rmsnorm" },
  {
    name: "Attention: multi-query (2B), multi-head (7B)",
    code: ["nn/attention.ts", "nn/softmax.ts"],
    pages: [5, 7],
    panel: "attention",
  },
  { name: "RoPE in every layer", code: ["nn/rope.ts"], pages: [6], panel: "rope" },
  { name: "GeGLU", code: ["nn/geglu.ts", "nn/linear.ts"], pages: [8], panel: "geglu" },
  { name: "The decoder, whole", code: ["model/forward.ts"], pages: [9] },
  { name: "Turns of a dialogue", code: ["tokenizer/chat-format.ts"], pages: [13] },
];

const file = (path: string) => `[${path}](../src/${path})`;

/** @param page a page of the road as a link, or as a number while it is not written. */
export function componentTable(page: (number: number) => string): string {
  return markdownTable(
    ["the report's", "code", "road", "live"],
    COMPONENTS.map(({ name, code, pages, panel }) => [
      name,
      code.map(file).join(", "),
      pages.map(page).join(", "),
      panel ? `[${panel}](explorer/#panel=${panel})` : "",
    ]),
  );
}
