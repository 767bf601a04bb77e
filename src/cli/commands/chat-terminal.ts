/**
 * A conversation at the terminal: a question at the prompt, the answer as it comes, and a few commands.
 * @module
 */
import { GemmaError } from "../../errors.ts";
import type { Chat } from "../../generation/chat.ts";
import type { FinishReason } from "../../generation/stops.ts";
import { table } from "../../table.ts";
import type { Io } from "../io.ts";
import { ENDINGS } from "../options/sampling.ts";
import { type Style, styleFor } from "../terminal/style.ts";

const COMMANDS = {
  "/undo": "Take back the last question and its answer",
  "/clear": "Forget everything and begin anew",
  "/help": "Show this",
  "/exit": "End, as Ctrl-D does",
};

/** About messages that begin with a slash, or end with a backslash. */
const HINTS = `A line that ends with \\ goes on in the next; pasted lines are one message.
A space before / makes it a message.`;

/**
 * Asks and answers until the user ends it.
 * @param begin starts a conversation; it is disposed here.
 * @param save keeps the last one, before that.
 */
export async function talk(
  begin: () => Chat,
  ask: (prompt: string) => Promise<string | undefined>,
  io: Io,
  save: (chat: Chat) => Promise<void> = async () => {},
): Promise<void> {
  const style = styleFor(io);
  const { stdout, stderr, signal } = io;
  let chat = begin();
  try {
    await stdout.write(`${style("dim", "Ctrl-C stops an answer, Ctrl-D ends the chat, /help.")}\n`);
    for (;;) {
      const message = await question(ask, style);
      signal.throwIfAborted();
      if (message === undefined || message === "/exit") break;
      if (message.trim() === "") continue;
      if (!message.startsWith("/")) {
        await answer(chat, message, io, style);
      } else if (message === "/undo") {
        chat.undo();
        await stdout.write(`${style("dim", lastOf(chat))}\n`);
      } else if (message === "/clear") {
        chat.dispose();
        chat = begin();
      } else if (message === "/help") {
        await stdout.write(`${table(Object.entries(COMMANDS), "ll", "  ")}${HINTS}\n`);
      } else {
        await stderr.write(`There is no command ${JSON.stringify(message)}; /help lists them.\n`);
      }
    }
    await save(chat);
  } finally {
    chat.dispose();
  }
}

/** A message, of one line or more; undefined at the end of input. */
async function question(
  ask: (prompt: string) => Promise<string | undefined>,
  style: Style,
): Promise<string | undefined> {
  let line = await ask(style("bold", "> "));
  let message = "";
  while (line?.endsWith("\\")) {
    message += `${line.slice(0, -1)}\n`;
    line = await ask(style("bold", "… "));
  }
  return line === undefined ? undefined : message + line;
}

async function answer(chat: Chat, message: string, io: Io, style: Style): Promise<void> {
  const { stdout, stderr } = io;
  await io.interruptible(async (signal) => {
    const generation = chat.send(message, { signal });
    try {
      for await (const { text } of generation) await stdout.write(text);
    } catch (error) {
      // The conversation is as it was before the message, and may go on with another message.
      if (!(error instanceof GemmaError)) throw error;
      await stderr.write(`${style("red", error.message)}\n`);
      return;
    }
    await stdout.write("\n");
    const { finishReason, seed } = generation;
    const drawn = seed === undefined ? undefined : `[seed ${seed}]`;
    const notes = [cut(finishReason), drawn].filter((note) => note !== undefined);
    if (notes.length > 0) await stderr.write(`${style("dim", notes.join(" "))}\n`);
  });
}

/** Why an answer is not whole; undefined if it is. */
function cut(reason: FinishReason = "abort"): string | undefined {
  if (reason === "eos" || reason === "end_of_turn") return undefined;
  const next = reason === "context" ? "; /undo or /clear makes room" : "";
  return `[ended by ${ENDINGS[reason]}${next}]`;
}

/** The question that the conversation stands after. */
function lastOf({ messages }: Chat): string {
  const last = messages.at(-2);
  return last ? `[after: ${last.content.split("\n")[0]}]` : "[at the beginning]";
}
