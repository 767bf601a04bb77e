/**
 * `chat`: a conversation, at the terminal or line by line for programs.
 * @module
 */
import { brief } from "../../brief.ts";
import type { Gemma, ResumeChatOptions } from "../../gemma.ts";
import type { Chat } from "../../generation/chat.ts";
import { fileSource } from "../../node/file-source.ts";
import { assertWritable, writeFileAtomically } from "../../node/write-atomically.ts";
import { assertNames } from "../../options.ts";
import { decodeLine, parseJsonLine, refusalsOfLine } from "../../source/json-lines.ts";
import { lineGroups } from "../../source/lines.ts";
import { GEMMA_CHAT, roleHint } from "../../tokenizer/chat-format.ts";
import { type Command, integerOption, parse, UsageError } from "../command.ts";
import { type Io, inputChunks } from "../io.ts";
import { withGemma } from "../open-model.ts";
import { MODEL_OPTIONS, modelChoice } from "../options/model.ts";
import { SAMPLING_OPTIONS, samplingOptions } from "../options/sampling.ts";
import { talk } from "./chat-terminal.ts";

const options = {
  ...SAMPLING_OPTIONS,
  "max-tokens": {
    type: "string",
    value: "N",
    help: "Most tokens of an answer (default: as the context allows)",
  },
  context: {
    type: "string",
    value: "N",
    help: "Most tokens of the conversation (default: the model's limit)",
  },
  save: { type: "string", value: "FILE", help: "At the end, keep the conversation in this file" },
  resume: { type: "string", value: "FILE", help: "Go on with the conversation of this file" },
  ...MODEL_OPTIONS,
} as const;

export const chatCommand: Command = {
  name: "chat",
  summary: "Talk with an instruction-tuned model",
  usage: ["[OPTIONS]", "[OPTIONS] < LINES"],
  description: `
    Ctrl-C stops an answer; at the prompt, it ends the chat, as does Ctrl-D. /help lists what else can
    be typed. A stdin that is not a terminal is read line by line, each line a message. With --json: a
    line {"content": text} is answered by {content, finishReason, stopReason, seed, tokens}. Earlier turns are not
    computed again. <end_of_turn> and the like, typed into a message, are text.`,
  options,
  examples: [
    "chat",
    "chat --model gemma-2b-it --temperature 0.7",
    "chat --resume monday.safetensors --save monday.safetensors",
    "printf 'What is 3 plus 4?\\nAnd 2 plus 2?\\n' | gemma-reference chat",
  ],

  async run(argv: readonly string[], io: Io): Promise<undefined> {
    const { values, positionals } = parse(options, argv);
    if (positionals.length > 0) {
      throw new UsageError(`unexpected argument "${positionals[0]}"; messages come from stdin`);
    }
    modelChoice(values);
    const settings = samplingOptions(values);
    const contextLength = integerOption("context", values.context, 1);
    if (values.save !== undefined) await assertWritable(values.save);
    await withGemma(values, io, async (gemma) => {
      const { maxTokens = gemma.config.maxPositionEmbeddings } = settings;
      const own = { ...settings, maxTokens, contextLength };
      let resumed =
        values.resume === undefined ? undefined : await resume(gemma, values.resume, own);
      const begin = () => {
        const chat = resumed ?? gemma.chat(own);
        resumed = undefined; // another begins anew
        return chat;
      };
      const save = async (chat: Chat) => {
        if (values.save !== undefined) await writeFileAtomically(values.save, await chat.save());
      };
      if (!values.json && io.stdin.ask) {
        await gemma.model.arrived; // or the bar would overwrite the user's line
        return talk(begin, io.stdin.ask, io, save);
      }
      const chat = begin();
      try {
        await answerLines(chat, values.json ? jsonAnswer : plainAnswer, io);
        await save(chat);
      } finally {
        chat.dispose();
      }
    });
    io.signal.throwIfAborted();
    return undefined;
  },
};

/** The conversation of a file. */
async function resume(gemma: Gemma, path: string, options: ResumeChatOptions): Promise<Chat> {
  const source = await fileSource(path);
  try {
    return await gemma.resumeChat(source, options);
  } finally {
    await source.close?.();
  }
}

type AnswerLine = (chat: Chat, line: Uint8Array, number: number, io: Io) => Promise<void>;

/** Answers each line of stdin as soon as it is whole. Answers before a bad line still come out. */
async function answerLines(chat: Chat, answer: AnswerLine, io: Io): Promise<void> {
  let number = 0;
  for await (const lines of lineGroups(inputChunks(io))) {
    for (const line of lines) {
      io.signal.throwIfAborted();
      await answer(chat, line, ++number, io);
    }
  }
}

/** Streams the answer; an empty line is not a message. */
async function plainAnswer(
  chat: Chat,
  line: Uint8Array,
  number: number,
  { stdout, signal }: Io,
): Promise<void> {
  const content = decodeLine(line, { op: "chat", number, expected: "text" }).replace(/\r$/, "");
  if (content.trim() === "") return;
  for await (const { text } of chat.send(content, { signal })) await stdout.write(text);
  await stdout.write("\n");
}

async function jsonAnswer(
  chat: Chat,
  line: Uint8Array,
  number: number,
  { stdout, signal }: Io,
): Promise<void> {
  const expected = '{"content": string}';
  const about = { op: "chat", number, expected };
  const message = parseJsonLine(line, about, (value) =>
    typeof value.content === "string" ? { ...value, content: value.content } : undefined,
  );
  const refuse = refusalsOfLine(about);
  const { role = "user" } = message as { readonly role?: unknown };
  if (role !== "user") {
    throw refuse.argument("role", '"user"', brief(role), roleHint(role, GEMMA_CHAT));
  }
  assertNames(refuse, message, { role: true, content: true }, "a field of a message");
  const answer = chat.send(message.content, { signal });
  const tokens: number[] = [];
  let content = "";
  for await (const { token, text } of answer) {
    tokens.push(token);
    content += text;
  }
  const { finishReason, stopReason, seed } = answer;
  await stdout.write(`${JSON.stringify({ content, finishReason, stopReason, seed, tokens })}\n`);
}
