/**
 * Questions that people come with, each a link to its answer.
 * @module
 */
import { overview } from "../answers.ts";
import { defaultCell } from "../default-cell.ts";
import { pieceText } from "../format.ts";
import type { PageState } from "../link.ts";
import { change, panel } from "../state.ts";

/** So many at once: a visitor reads them all. */
const FEW = 4;

/** In a sentence, the space before a word goes without saying. */
const wordOf = (piece: string) =>
  `“${pieceText(piece === "▁" ? "a space" : piece.replace(/^▁/, ""))}”`;

export function Ask() {
  const { next, model, tokens, pos } = overview.value;
  const { layer, head, cell } = defaultCell(overview.value);
  const [answer, rival] = next.map(({ piece }) => wordOf(piece));
  const read = cell.kind === "weight" ? wordOf(tokens[cell.key].piece) : answer;
  // After the last layer it thinks what it says.
  const early = Math.min(layer, model.layers - 2);
  const here = { cell: undefined, view: undefined, layer, head };
  const questions: [string, Partial<PageState>][] = [
    [`Which head looks at ${read}?`, { ...here, panel: "attention" }],
    [
      `What did it think after layer ${early}?`,
      { ...here, panel: "lens", cell: { kind: "lens", depth: 2 * early + 2, pos } },
    ],
    [`Why ${answer} and not ${rival}?`, { ...here, panel: "attribution" }],
    [
      `What if head ${layer}.${head} were missing?`,
      { ...here, panel: "off", off: [{ kind: "head", layer, head }] },
    ],
    ["What if RoPE were off?", { ...here, panel: "break", bug: "rope-none" }],
    [`Why does it not always say ${answer}?`, { ...here, panel: "sampling" }],
    [
      model.keyHeads < model.heads
        ? "What does it save that heads share keys?"
        : "What does the cache keep?",
      { ...here, panel: "cache" },
    ],
  ];
  const others = questions.filter(([, to]) => to.panel !== panel.value).slice(0, FEW);
  return (
    <nav class="ask" aria-label="Questions">
      <h3>Ask</h3>
      <ul>
        {others.map(([question, to]) => (
          <li key={question}>
            <button type="button" class="link" onClick={() => change(to)}>
              {question}
            </button>
          </li>
        ))}
      </ul>
    </nav>
  );
}
