/**
 * The picture of Table 2: where the parameters of the two models are. Areas are numbers of parameters.
 * @module
 */
import { countParameters, GEMMA_2B, GEMMA_7B, type GemmaConfig } from "../../../../src/config.ts";
import { DIMENSIONS } from "../../../../src/report/dimensions.ts";
import { element, notice, type Picture, text, WIDTH } from "../draw/picture.ts";
import { count, fixed } from "../text/numbers.ts";

const [LEFT, WIDE, TOP] = [52, 480, 78];
/** Pixels of height for each thousand million parameters. */
const TALL = 13;

interface Part {
  readonly name: string;
  readonly style: string;
  readonly of: keyof ReturnType<typeof countParameters>;
}
/** As they lie in a bar; the middle label stands higher, since its part is narrow. Norms are a line that nobody sees: they stand in the table. */
const PARTS: readonly Part[] = [
  { name: "table", style: "below", of: "embedding" },
  { name: "attention", style: "above", of: "attention" },
  { name: "MLPs", style: "ink", of: "mlp" },
];

/** As the report counts: with the rows that are no tokens. */
const asReported = (config: GemmaConfig) =>
  countParameters({ ...config, vocabSize: DIMENSIONS.rows[0].vocabSize });
const MODELS = [
  { name: "2B", counts: asReported(GEMMA_2B) },
  { name: "7B", counts: asReported(GEMMA_7B) },
];

/** The parameters of both, as bars of the same width. */
export function parameterBars(): Picture {
  const body = [text("Where the parameters are: the area is their number", 16, 26, { of: "bold" })];
  let y = TOP;
  let ring = "";
  for (const { name, counts } of MODELS) {
    const height = (counts.total / 1e9) * TALL;
    body.push(text(name, LEFT - 10, y + height / 2 + 4, { anchor: "end", of: "bold" }));
    let x = LEFT;
    for (const { name: part, style, of } of PARTS) {
      const width = (WIDE * counts[of]) / counts.total;
      const fill = style === "ink" ? { fill: "currentColor" } : { class: style };
      body.push(
        element("rect", {
          x,
          y,
          width,
          height,
          ...fill,
          "fill-opacity": style === "ink" ? 0.3 : 0.75,
        }),
        text(
          `${part} ${share(counts[of], counts.total)}`,
          x + (part === "MLPs" ? width / 2 : 0),
          y - (part === "attention" ? 21 : 7),
          {
            ...{ anchor: part === "MLPs" ? "middle" : "start", of: "small" },
          },
        ),
      );
      if (name === "2B" && of === "embedding") {
        const at = { x: LEFT + WIDE, y: y + height + 22, anchor: "end" } as const;
        ring = notice({ x, y, width, height }, "a fifth of the 2B is its table", at);
      }
      x += width;
    }
    y += height + 62;
  }
  return {
    title: "Where the parameters of Gemma 2B and 7B are: table, attention, MLPs",
    width: WIDTH,
    height: y - 36,
    body: [...body, ring],
    table: {
      head: ["model", "table", "attention", "MLPs", "norms"],
      rows: MODELS.map(({ name, counts: { embedding, attention, mlp, norms } }) => [
        name,
        ...[embedding, attention, mlp, norms].map(count),
      ]),
    },
  };
}

const share = (part: number, whole: number) => `${fixed((100 * part) / whole, 1)} %`;
