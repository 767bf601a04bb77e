/**
 * `chat`: a conversation, at the terminal or line by line for programs.
 * @module
 */
import { brief } from "../../brief.ts";
import type { Chat } from "../../generation/chat.ts";
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
    await withGemma(values, io, async (gemma) => {
      const { maxTokens = gemma.config.maxPositionEmbeddings } = settings;
      const begin = () => gemma.chat({ ...settings, maxTokens, contextLength });
      if (!values.json && io.stdin.ask) {
        await gemma.model.arrived; // or the bar would overwrite the user's line
        return talk(begin, io.stdin.ask, io);
      }
      const chat = begin();
      try {
        await answerLines(chat, values.json ? jsonAnswer : plainAnswer, io);
      } finally {
        chat.dispose();
      }
    });
    io.signal.throwIfAborted();
    return undefined;
  },
};

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
