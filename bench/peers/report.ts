/**
 * What the comparisons measured last, as a table and a chart in docs/performance.md: between two marks there, and in
 * docs/pictures/peers.svg. The figures are kept in results.json, so that each comparison replaces its own only.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { fileURLToPath } from "node:url";

/** One thing that two programs did. */
export interface Comparison {
  /** What it is compared with: `llama.cpp`. */
  readonly peer: string;
  /** What was done: `decode, Q8_0, 4 layers`. */
  readonly what: string;
  readonly ours: number;
  readonly theirs: number;
  readonly unit: "tokens/s" | "GFLOP/s" | "GB/s";
  /** The command that measures it again. */
  readonly command: string;
}

interface Kept extends Comparison {
  /** Processor and Node. */
  readonly machine: string;
}

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const [RESULTS, PAGE, CHART] = [
  here("results.json"),
  here("../../docs/performance.md"),
  here("../../docs/pictures/peers.svg"),
];
const [BEGIN, END] = ["<!-- peers: written by bench/peers/report.ts -->", "<!-- /peers -->"];

/** Keeps `comparisons` in place of older ones of the same, and writes table and chart anew. */
export function record(comparisons: readonly Comparison[]): void {
  const machine = `${cpus()[0]?.model}, Node ${process.versions.node}`;
  const keyOf = ({ peer, what }: Comparison) => `${peer}: ${what}`;
  const before: Kept[] = existsSync(RESULTS) ? JSON.parse(readFileSync(RESULTS, "utf8")) : [];
  const kept = new Map(before.map((one) => [keyOf(one), one]));
  for (const one of comparisons) kept.set(keyOf(one), { ...one, machine });
  const all = [...kept.values()].sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
  writeFileSync(RESULTS, `${JSON.stringify(all, null, 2)}\n`);
  const page = readFileSync(PAGE, "utf8");
  const [begin, end] = [page.indexOf(BEGIN), page.indexOf(END)];
  if (begin < 0 || end < begin) throw new Error(`docs/performance.md lacks ${BEGIN} … ${END}`);
  const picture = "![Ours by theirs, a bar each](pictures/peers.svg)";
  const text = `${BEGIN}\n\n${tableOf(all)}\n${picture}\n\n`;
  writeFileSync(PAGE, page.slice(0, begin) + text + page.slice(end));
  writeFileSync(CHART, chartOf(all));
}

/** As Markdown, columns aligned. */
export function tableOf(all: readonly Kept[]): string {
  const rows = [
    ["peer", "what", "ours", "theirs", "", "ours ÷ theirs"],
    ...all.map(({ peer, what, ours, theirs, unit }) => {
      return [peer, what, digits(ours), digits(theirs), unit, (ours / theirs).toFixed(2)];
    }),
  ];
  const widths = rows[0].map((_, c) => Math.max(3, ...rows.map((row) => row[c].length)));
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |\n`;
  const [head, ...body] = rows.map((row) => row.map((cell, c) => cell.padEnd(widths[c])));
  const rule = widths.map((width) => "-".repeat(width));
  const machines = [...new Set(all.map(({ machine }) => machine))].join("; ");
  const commands = [...new Set(all.map(({ command }) => command))];
  const said = ["```sh", ...commands, "```", ""].join("\n");
  return `${line(head)}${line(rule)}${body.map(line).join("")}\n${machines}. Measured by\n\n${said}`;
}

function digits(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}

const [LEFT, WIDTH, ROW, RIGHT] = [410, 360, 26, 70];

/** A bar for each comparison, as long as the ratio; a line where both are as fast. */
export function chartOf(all: readonly Kept[]): string {
  const ratios = all.map(({ ours, theirs }) => ours / theirs);
  const most = Math.max(1.2, ...ratios);
  const at = (ratio: number) => LEFT + (WIDTH * ratio) / most;
  const height = ROW * all.length + 40;
  const bars = all.map(({ peer, what }, i) => {
    const [y, ratio] = [ROW * i + 10, ratios[i]];
    const color = ratio >= 1 ? "#2a7f62" : "#b5533c";
    return `  <text x="${LEFT - 8}" y="${y + 14}" text-anchor="end">${escaped(`${peer}: ${what}`)}</text>
  <rect x="${LEFT}" y="${y}" width="${(at(ratio) - LEFT).toFixed(1)}" height="18" rx="2" fill="${color}"/>
  <text x="${(at(ratio) + 6).toFixed(1)}" y="${y + 14}" stroke="#ffffff" stroke-width="4">${ratio.toFixed(2)} ×</text>
`;
  });
  const one = at(1).toFixed(1);
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${LEFT + WIDTH + RIGHT} ${height}" font-family="sans-serif" font-size="13" paint-order="stroke" role="img">
  <title>Speed of ours by theirs</title>
  <rect width="100%" height="100%" fill="#ffffff"/>
  <line x1="${one}" x2="${one}" y1="4" y2="${height - 24}" stroke="#444444" stroke-dasharray="3 3"/>
${bars.join("")}  <text x="${one}" y="${height - 8}" text-anchor="middle">as fast</text>
</svg>
`;
}

function escaped(text: string): string {
  return text.replace(/[&<>]/g, (sign) => `&#${sign.charCodeAt(0)};`);
}
