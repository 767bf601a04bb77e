/**
 * The texts of `demo` around the model's own words.
 * @module
 */
import type { Comparison } from "../../conformance/distance-from-google.ts";
import { formatCount, table } from "../../table.ts";
import type { Style } from "../terminal/style.ts";

export function greeting(parameters: number, style: Style): string {
  const millions = (parameters / 1e6).toFixed(1);
  return `
${style("bold", "Gemma 1, in TypeScript")}
A tiny Gemma of ${millions} million parameters, trained on synthetic stories, is
running in this process: no Python, no GPU, nothing to download.

`;
}

export function comparisonText(comparison: Comparison, kept: boolean, style: Style): string {
  const { prompts, positions, vocabSize, largest } = comparison;
  const { float64, float32, googleFloat32 } = comparison;
  const logits = formatCount(positions * vocabSize);
  const rows = table(
    [
      ["this library", "float64", scientific(float64)],
      ["this library", "float32", scientific(float32)],
      ["Google's gemma_pytorch", "float32", scientific(googleFloat32)],
    ],
    "llr",
    "  ",
  );
  return `${style("bold", "How far is that from Google's own code?")}
Google's gemma_pytorch ran this model on ${prompts} prompts, in float64. The largest
difference from its ${logits} logits (up to ±${largest.toFixed(1)}):

${rows}
${kept ? style("green", agreement(comparison)) : style("red", DISAGREEMENT)}

`;
}

function agreement({ float64, float32, googleFloat32, largest }: Comparison): string {
  // Two runs may agree to the last bit; then there is no ratio.
  const digits = float64 === 0 ? 16 : Math.floor(Math.log10(largest / float64));
  const times = googleFloat32 / float32;
  const closer = times >= 2 ? `${Math.floor(times)} times closer to it` : "no further from it";
  return `In float64 the two agree to ${digits} digits; in float32 this library is
${closer} than Google's own float32.`;
}

const DISAGREEMENT = `That is further than this library promises (float64: 1e-12 of the largest
logit; float32: no further than Google's own). Please report it.`;

function scientific(x: number): string {
  return x === 0 ? "0" : x.toExponential(1);
}

export function nextSteps(program: string, style: Style): string {
  const commands = [
    `${program} generate --chat 'Tell me a story about Sam the crow.'`,
    `${program} chat`,
    `${program} score 'Mira the fox had 6 plums.'`,
    `${program} inspect --config 2b`,
    `${program} --help`,
  ];
  return `${style("bold", "Next")}
${commands.map((command) => `  ${command}\n`).join("")}
`;
}
