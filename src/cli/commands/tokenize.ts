/**
 * `tokenize`: text to token ids and back, for readers, or line by line for programs.
 * @module
 */
import { openTokenizer } from "../../checkpoint/open-tokenizer.ts";
import { tinyModelPath } from "../../node/tiny-model.ts";
import { lineGroups } from "../../source/lines.ts";
import { formatPiece, table } from "../../table.ts";
import type { EncodeOptions, Tokenizer } from "../../tokenizer/tokenizer.ts";
import { type Command, idsOption, parse, UsageError } from "../command.ts";
import { type Io, inputChunks, readInput } from "../io.ts";
import { openSource } from "../open-model.ts";
import { MODEL_OPTIONS } from "../options/model.ts";
import { SPECIAL_OPTION } from "../options/prompt.ts";
import { answerLine } from "./tokenize-line.ts";

const options = {
  tokenizer: {
    type: "string",
    value: "FILE",
    help: "A tokenizer.model, a tokenizer.json, or a GGUF file",
  },
  model: MODEL_OPTIONS.model,
  ids: { type: "string", value: "LIST", help: "Decode these token ids: 2,7,9" },
  special: SPECIAL_OPTION,
} as const;

export const tokenizeCommand: Command = {
  name: "tokenize",
  summary: "Turn text into token ids, and ids into text",
  usage: ["[TEXT ...] [OPTIONS]", "--ids LIST [OPTIONS]", "--json [OPTIONS] < LINES"],
  description: `
    Ids are without BOS. With --json and no TEXT, stdin holds one JSON object a line, and stdout its
    answer, in the same order: {"text": ...} is answered by {"ids": [...], "pieces": [...]}, and
    {"ids": [...]} by {"text": ...}. The first line that is neither ends it.`,
  options,
  examples: [
    "tokenize 'Once upon a time'",
    "tokenize --tokenizer tokenizer.model --ids 2,7,9",
    `tokenize --tokenizer tokenizer.model --json < texts.jsonl > ids.jsonl`,
  ],

  async run(argv: readonly string[], io: Io): Promise<undefined> {
    const { values, positionals: texts } = parse(options, argv);
    const ids = idsOption("ids", values.ids);
    if (ids && texts.length > 0) throw new UsageError("expected TEXT or --ids, got both");
    if (ids && values.special) throw new UsageError("--special is about text, and --ids decodes");
    const encoding = { special: values.special };
    const { stdin, stdout } = io;
    const isPiped = !ids && texts.length === 0;
    if (isPiped && stdin.isTerminal) throw new UsageError("expected TEXT, --ids, or stdin");
    const tokenizer = await loadTokenizer(values, io);

    if (ids) {
      const text = tokenizer.decode(ids);
      await stdout.write(values.json ? `${JSON.stringify({ text })}\n` : `${text}\n`);
    } else if (values.json && isPiped) {
      await answerLines(tokenizer, encoding, io);
    } else {
      const given = isPiped ? [await readInput(io)] : texts;
      const show = values.json ? jsonOf : tableOf;
      await stdout.write(
        given.map((text) => show(tokenizer, text, encoding)).join(values.json ? "" : "\n"),
      );
    }
    return undefined;
  },
};

async function loadTokenizer(
  { tokenizer: file, model }: { readonly tokenizer?: string; readonly model?: string },
  io: Io,
): Promise<Tokenizer> {
  if (file !== undefined && model !== undefined) {
    throw new UsageError("expected --tokenizer or --model, got both");
  }
  const source = await openSource(file ?? model ?? tinyModelPath(), io, { download: false });
  return openTokenizer(source, { signal: io.signal });
}

/** Answers each line of stdin, as soon as it is whole. Answers before a bad line still come out. */
async function answerLines(tokenizer: Tokenizer, encoding: EncodeOptions, io: Io): Promise<void> {
  let number = 0;
  for await (const lines of lineGroups(inputChunks(io))) {
    let answers = "";
    try {
      for (const line of lines) answers += `${answerLine(tokenizer, line, ++number, encoding)}\n`;
    } finally {
      await io.stdout.write(answers);
    }
  }
}

function jsonOf(tokenizer: Tokenizer, text: string, encoding: EncodeOptions): string {
  return `${JSON.stringify(tokenizer.encodePieces(text, encoding))}\n`;
}

function tableOf(tokenizer: Tokenizer, text: string, encoding: EncodeOptions): string {
  const { ids, pieces } = tokenizer.encodePieces(text, encoding);
  const rows = ids.map((id, i) => [`${id}`, formatPiece(pieces[i])]);
  return `${table([["id", "piece"], ...rows], "rl")}${ids.length} ${ids.length === 1 ? "token" : "tokens"}\n`;
}
