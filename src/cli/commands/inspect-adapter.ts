/**
 * `inspect` of an adapter: what it is said to be, and what is in its file. Its base model is not needed for that.
 * @module
 */
import { readGguf } from "../../checkpoint/gguf/read.ts";
import { hfName } from "../../checkpoint/gguf/tensor-names.ts";
import { type ByteSource, closeAll, readExactly } from "../../source/byte-source.ts";
import { FILE_KIND_BYTES, fileKind } from "../../source/file-kind.ts";
import type { Folder } from "../../source/folder.ts";
import { formatBytes, formatCount, table } from "../../table.ts";
import { BYTES_PER_ELEMENT, type RowSource } from "../../tensor/stored.ts";
import { elementsOf } from "../../tensor/tensor.ts";
import { PREFIX } from "../../tuning/peft/adapter.ts";
import { adapterTensors, openAdapterFiles } from "../../tuning/peft/adapter-files.ts";
import { ADAPTER_CONFIG, parsePeftConfig } from "../../tuning/peft/config.ts";

/** The JSON of `inspect ADAPTER`. */
export interface AdapterInspection {
  readonly adapter: string;
  readonly format: "PEFT" | "GGUF";
  /** The model that it belongs to, if it says so. */
  readonly base: string | null;
  readonly task: string | null;
  /** The ranks that its factors have. */
  readonly ranks: readonly number[];
  readonly alpha: number | null;
  /** Whether scales are alpha / √r. */
  readonly rsLora: boolean;
  /** The projections that have factors: q_proj, and so on. */
  readonly targets: readonly string[];
  /** The blocks that have factors. */
  readonly blocks: readonly number[];
  /** Weights that are there whole. */
  readonly whole: readonly string[];
  readonly parameters: number;
  readonly bytes: number;
}

/** What `source` is, if it is an adapter; else undefined, and it is open as it was. */
export async function inspectAdapter(
  source: Folder | ByteSource,
  signal: AbortSignal,
): Promise<AdapterInspection | undefined> {
  if ("open" in source) {
    const names = (await source.list?.()) ?? [];
    const isAdapter = names.includes(ADAPTER_CONFIG) && !names.includes("config.json");
    return isAdapter ? ofPeft(source, signal) : undefined;
  }
  const head = await readExactly(
    "inspect",
    source,
    0,
    Math.min(source.size, FILE_KIND_BYTES),
    signal,
  );
  if (fileKind(head)?.kind !== "gguf") return undefined;
  const { metadata, tensors } = await readGguf(source, signal);
  if (metadata.get("general.type") !== "adapter") return undefined;
  await closeAll([source]);
  const alpha = metadata.get("adapter.lora.alpha");
  const base = metadata.get("general.base_model.0.name");
  const factors = [...tensors].map(([name, tensor]) => {
    const [, weight = name, letter] = /^(.+)\.lora_([ab])$/.exec(name) ?? [];
    return { name: hfName(weight), letter: letter?.toUpperCase(), tensor };
  });
  return {
    adapter: source.name,
    format: "GGUF",
    base: typeof base === "string" ? base : null,
    task: null,
    alpha: typeof alpha === "number" ? alpha : null,
    rsLora: false,
    ...figures(factors),
  };
}

async function ofPeft(folder: Folder, signal: AbortSignal): Promise<AdapterInspection> {
  const files = await openAdapterFiles(folder, signal);
  try {
    const { settings, base, task } = parsePeftConfig(files.config, files.configName);
    const tensors = await adapterTensors(files.weights, signal);
    const factors = [...tensors].map(([name, tensor]) => {
      const own = name.startsWith(PREFIX) ? name.slice(PREFIX.length) : name;
      const [, module, letter] = /^(.+)\.lora_([AB])\.weight$/.exec(own) ?? [];
      return { name: module === undefined ? own : `${module}.weight`, letter, tensor };
    });
    const { alpha, rsLora } = settings;
    const said = { adapter: folder.name, format: "PEFT", base: base ?? null } as const;
    return { ...said, task: task ?? null, alpha, rsLora, ...figures(factors) };
  } finally {
    await closeAll(files.sources);
  }
}

/** A tensor of an adapter: a factor of the weight `name`, or that weight whole. */
interface Part {
  readonly name: string;
  readonly letter: string | undefined;
  readonly tensor: RowSource;
}

function figures(parts: readonly Part[]) {
  const numbers = (values: readonly number[]) => [...new Set(values)].sort((a, b) => a - b);
  const factors = parts.filter(({ letter }) => letter !== undefined);
  const targets = factors.map(({ name }) => name.replace(/\.weight$/, "").replace(/^.*\./, ""));
  const blocks = factors.flatMap(({ name }) => /\.layers\.(\d+)\./.exec(name)?.[1] ?? []);
  const sizes = parts.map(({ tensor: { shape, dtype } }) => {
    const count = elementsOf(shape);
    return { count, bytes: count * (dtype ? BYTES_PER_ELEMENT[dtype] : 0) };
  });
  return {
    ranks: numbers(
      factors.filter(({ letter }) => letter === "A").map(({ tensor }) => tensor.shape[0]),
    ),
    targets: [...new Set(targets)],
    blocks: numbers(blocks.map(Number)),
    whole: parts.filter(({ letter }) => letter === undefined).map(({ name }) => name),
    parameters: sizes.reduce((sum, { count }) => sum + count, 0),
    bytes: sizes.reduce((sum, { bytes }) => sum + bytes, 0),
  };
}

export function describeAdapter(inspection: AdapterInspection): string {
  const { adapter, format, base, task, ranks, alpha, rsLora, targets, blocks, whole } = inspection;
  const [first, last] = [blocks[0], blocks.at(-1)];
  const isRange = blocks.length > 1 && last === first + blocks.length - 1;
  const scale = rsLora ? "alpha / √rank" : "alpha / rank";
  const rows = [
    ["base model", base ?? "not said"],
    ["task", task ?? "not said"],
    ["rank", ranks.join(", ")],
    ["alpha", alpha === null ? "none: the scale is 1" : `${alpha}, scale ${scale}`],
    ["projections", targets.join(", ")],
    ["blocks", isRange ? `${first} to ${last}` : blocks.join(", ")],
    ...(whole.length > 0 ? [["whole weights", whole.join(", ")]] : []),
    ["parameters", formatCount(inspection.parameters)],
    ["in the file", `${formatCount(inspection.bytes)} bytes (${formatBytes(inspection.bytes)})`],
  ];
  const way = "It is run beside its base model: --model BASE --adapter DIR (or the GGUF file).";
  return `${adapter}\nA LoRA adapter (${format})\n${table(rows, "ll", "  ")}\n${way}\n`;
}
