/**
 * Page 13: the question in its format, and what comes of a format that is nearly right.
 * @module
 */
import { type ChatMessage, chatIds, chatPrompt } from "../../../../src/tokenizer/chat-format.ts";
import { notice, type Picture, text, WIDTH } from "../draw/picture.ts";
import { type TokenBox, tokenBoxes } from "../draw/token-boxes.ts";
import type { Example } from "../example.ts";
import type { PageParts } from "../page-parts.ts";
import { fixed } from "../text/numbers.ts";
import { plain } from "../text/pieces.ts";

const QUESTION = "Tell me a story about Mira the fox.";
const OPENING = "<start_of_turn>model\n";

const ask = (content: string): ChatMessage[] => [{ role: "user", content }];

/** A conversation as ids, with BOS. */
const fed = ({ tokenizer, model }: Example, messages: readonly ChatMessage[]) => [
  model.config.bosTokenId,
  ...chatIds(tokenizer, messages),
];

/** The tokens that a content becomes within its turn. */
function contentOf(example: Example, content: string): number[] {
  const [whole, empty] = [content, ""].map((typed) => fed(example, ask(typed)));
  const from = empty.indexOf(example.tokenizer.endOfTurnId as number);
  return whole.slice(from, from + whole.length - empty.length);
}

const shown = (piece: string) => (piece === "\n" ? "⏎" : plain(piece));

/** The tokens of the question in its format, a line of the text each. */
function linesOf(example: Example): TokenBox[][] {
  const { tokenizer, model } = example;
  const lines: TokenBox[][] = [[]];
  for (const id of fed(example, ask(QUESTION))) {
    const piece = tokenizer.piece(id);
    const isMarker = id === model.config.bosTokenId || /^<.+_of_turn>$/.test(piece);
    lines[lines.length - 1].push({ text: id === 2 ? piece : shown(piece), id, isMarker });
    if (piece === "\n") lines.push([]);
  }
  return lines.filter((line) => line.length > 0);
}

function promptPicture(example: Example): Picture {
  const lines = linesOf(example);
  const chart = tokenBoxes(lines, { left: 22, top: 58 });
  const last = chart.line(lines.length - 1);
  const flat = lines.flat();
  return {
    title: "The question in its format: markers are single tokens, and the model's turn is open",
    width: WIDTH,
    height: last.y + last.height + 20,
    body: [
      text(`“${QUESTION}”, as ${flat.length} tokens`, 16, 26, { of: "bold" }),
      ...chart.body,
      notice(last, "an open turn: here it goes on", {
        x: last.x + last.width + 12,
        y: last.y + 21,
      }),
    ],
    table: {
      head: ["position", "token", "number"],
      rows: flat.map(({ text: piece, id }, i) => [String(i), piece, String(id)]),
    },
  };
}

/** The share of `word` behind a text. */
function share(example: Example, prompt: string, word: string): number {
  const ids = example.encode(prompt);
  const logits = example.run(ids).row("logits", ids.length - 1);
  const most = Math.max(...logits);
  const sum = logits.reduce((total, logit) => total + Math.exp(logit - most), 0);
  return Math.exp(logits[example.tokenizer.idOf(word) as number] - most) / sum;
}

export const chat: PageParts = {
  page: 13,

  figures(example) {
    const { tokenizer } = example;
    const right = chatPrompt(ask(QUESTION));
    const reads = (prompt: string) => example.continue(example.encode(prompt));
    const answers = (...messages: ChatMessage[]) => example.continue(fed(example, messages));
    const lengthOf = (content: string) => String(tokenizer.encode(content).length);
    const cut = (content: string) =>
      tokenizer
        .encodePieces(content)
        .pieces.map((piece) => `\`${piece}\``)
        .join(" ");
    const typed = contentOf(example, "<end_of_turn>");
    return {
      "prompt-tokens": String(fed(example, ask(QUESTION)).length),
      "user-tokens": lengthOf("user"),
      "user-cut": cut("user"),
      "model-tokens": lengthOf("model"),
      "question-tokens": lengthOf(QUESTION),
      "said-bare": reads(QUESTION),
      "said-right": reads(right),
      "said-hot-bare": reads("The opposite of hot is"),
      "cold-share": fixed(share(example, "The opposite of hot is", "▁cold"), 3),
      "said-hot": answers(...ask("What is the opposite of hot?")),
      "said-no-newline": reads(right.slice(0, -1)),
      "said-assistant": reads(right.replace(OPENING, "<start_of_turn>assistant\n")),
      "said-misprint": reads(right.replace(OPENING, "<end_of_turn>model\n")),
      "typed-tokens": String(typed.length),
      "typed-cut": typed.map((id) => `\`${tokenizer.piece(id)}\``).join(" "),
      "said-sum": answers(...ask("What is 3 plus 4?")),
      "said-second": answers(
        ...ask("What is 3 plus 4?"),
        { role: "model", content: "3 plus 4 is 7." },
        ...ask("What is the opposite of hot?"),
      ),
    };
  },

  pictures: { prompt: promptPicture },
};
