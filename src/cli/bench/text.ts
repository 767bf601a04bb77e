/**
 * The figures of `bench`, for a reader.
 * @module
 */
import type { Adapter, BenchRun, ProfileFigures } from "../../bench/figures.ts";
import type { ProfileLine } from "../../bench/profile.ts";
import { namesOf } from "../../checkpoint/dtypes.ts";
import { formatBytes, table } from "../../table.ts";
import type { Machine } from "./machine.ts";

/** Lines of a profile that are shown: the others take next to nothing. */
const LONGEST = 8;

const fixed = (value: number, digits = 1) => value.toFixed(digits);
/** GB/s or GFLOP/s; a GPU that is played has a hundredth. */
const speed = (value: number) => (value < 1 ? value.toPrecision(2) : fixed(value));
const percent = (share: number) => `${(100 * share).toFixed(share < 0.095 ? 1 : 0)} %`;

/** All that is said of `runs`, which share a machine. */
export function benchText(runs: readonly BenchRun[], machine: Machine): string {
  const [first] = runs;
  const { config, layers, parameters, backend, adapter, prefill, decode } = first;
  const steps = decode.tokens / first.batch;
  const model = `Gemma ${config}, ${layers} layers, ${fixed(parameters / 1e9, 2)} G parameters`;
  return `${model}, synthetic weights; backend ${backend}
${adapterText(adapter)}${machine.cpu}, ${machine.cores} cores, Node ${machine.node}
Prompt of ${prefill.tokens} tokens; ${steps} steps of decoding; the best of ${prefill.rounds} rounds

${ratesText(runs)}
${limitsText(runs)}${busyText(runs)}${memoryText(first)}${runs.length === 1 ? profileText(first) : ""}`;
}

/** The adapter before the machine that it is in. */
function adapterText(adapter: Adapter | undefined): string {
  if (!adapter) return "";
  const warning = "a GPU that the processor plays: its figures say nothing of a GPU";
  return `${adapter.name}${adapter.isSoftware ? `, ${warning}` : ""}\n`;
}

const HEAD = [
  ...["weights", "threads", "activations", "batch", "position"],
  ...["prefill/s", "GFLOP/s", "of limit", "decode/s", "GB/s", "of sweep"],
];

function ratesText(runs: readonly BenchRun[]): string {
  const rows = [HEAD, ...runs.map(row)];
  if (!runs[0].adapter) return table(rows, "lrlrrrrrrrr");
  // A GPU has no choice of threads, nor of activations.
  return table(
    rows.map(([weights, , , ...rest]) => [weights, ...rest]),
    "lrrrrrrrr",
  );
}

/** The limit that a prefill is held against: the faster way to multiply and add. */
function arithmeticLimit({ limits }: BenchRun): number {
  return Math.max(limits.fmaGigaflops ?? 0, limits.mulAddGigaflops);
}

function row(run: BenchRun): string[] {
  const { dtype, threads, activations = "float32", batch, position, prefill, decode } = run;
  return [
    namesOf(dtype).name,
    `${threads}`,
    activations,
    `${batch}`,
    `${position}`,
    fixed(prefill.tokensPerSecond),
    speed(prefill.gigaflops),
    percent(prefill.gigaflops / arithmeticLimit(run)),
    fixed(decode.tokensPerSecond, 2),
    speed(decode.gigabytesPerSecond),
    percent(decode.gigabytesPerSecond / run.limits.sweepGigabytesPerSecond),
  ];
}

function limitsText(runs: readonly BenchRun[]): string {
  const byThreads = new Map(runs.map(({ limits }) => [limits.threads, limits]));
  return [...byThreads.values()]
    .map((limits) => {
      const { threads, sweepBytes, sweepGigabytesPerSecond, mulAddGigaflops, fmaGigaflops } =
        limits;
      const sweep = `sweep ${speed(sweepGigabytesPerSecond)} GB/s over ${formatBytes(sweepBytes)}`;
      const fma = fmaGigaflops === null ? "no relaxed SIMD here" : `FMA ${speed(fmaGigaflops)}`;
      const arithmetic = `mul+add ${speed(mulAddGigaflops)} GFLOP/s, ${fma}`;
      const place =
        threads === undefined ? "of the GPU" : `on ${threads} thread${threads === 1 ? "" : "s"}`;
      return `Limits ${place}: ${sweep}; ${arithmetic}\n`;
    })
    .join("");
}

function busyText(runs: readonly BenchRun[]): string {
  return runs
    .map(({ busy, prefill, decode }) => {
      if (!busy) return "";
      const shares = [
        busy.prefill.tokensPerSecond / prefill.tokensPerSecond,
        busy.decode.tokensPerSecond / decode.tokensPerSecond,
      ];
      const rates = [fixed(busy.prefill.tokensPerSecond), fixed(busy.decode.tokensPerSecond, 2)];
      return `With every core busy: prefill ${rates[0]}/s (${percent(shares[0])}), decode ${rates[1]}/s (${percent(shares[1])})\n`;
    })
    .join("");
}

function memoryText({ memory, weightBytes }: BenchRun): string {
  if (!memory) return "";
  const { peak, peakShare, grownShare, decodedTokens } = memory;
  const most = `${formatBytes(peak)} resident at most, ${fixed(peakShare, 2)} × the weights (${formatBytes(weightBytes)})`;
  return `${most}; ${percent(grownShare)} more after ${decodedTokens} tokens\n`;
}

function profileText({ profile: { prefill, decode, recording } }: BenchRun): string {
  const rows = Array.from({ length: LONGEST }, (_, i) => [
    ...cells(prefill[i]),
    ...cells(decode[i]),
  ]);
  const head = ["step of a prefill", "ms", "share", "step of decoding", "ms", "share"];
  return `\n${table([head, ...rows], "lrrlrr")}${recordingText(recording)}`;
}

function recordingText(recording: ProfileFigures["recording"]): string {
  if (!recording) return "";
  const [prefill, decode] = [fixed(recording.prefill, 2), fixed(recording.decode, 2)];
  return `Each kind by itself, repeated; the processor records a prefill in ${prefill} ms, a step of decoding in ${decode} ms\n`;
}

function cells(line: ProfileLine | undefined): string[] {
  if (!line) return ["", "", ""];
  return [line.op, fixed(line.milliseconds, 2), percent(line.share)];
}
