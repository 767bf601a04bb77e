/**
 * Conversations as a model is tuned on them: token ids, and which of them it has to learn.
 *
 *     ids   <bos> <start_of_turn> user ⏎ Hi <end_of_turn> ⏎ <start_of_turn> model ⏎ Hello <end_of_turn>
 *     mask    0          0          0  0  0       0       0        0          0   0   1        1
 *
 * - The prompt is what the model is asked with (`gemma.encodeChat`), BOS once.
 * - An answer is encoded apart from its prompt, as it is generated apart from it: the ids before it are the same in
 *   training and in use, and nothing that is said can become the marker of a turn. Only texts without turns are read as files
 *   of text are: a marker in them is that token, so that a row may bring a template's turns itself.
 * - The token that ends the turn is learnt, or the tuned model would never stop. The newline behind it is not: it
 *   belongs to the next turn, and nobody waits for the model to say it.
 *
 * So does Google's own code: google-deepmind/gemma, gemma/gm/data/_tasks.py, `Seq2SeqTask` (commit 7691fd4), of
 * one exchange. Rows may have the forms of TRL's data sets (`messages`, or `prompt` and `completion`, or `text`), and
 * its name of the model's role, "assistant".
 * @module
 */
import { brief } from "../brief.ts";
import { assertIdsBelow, assertOneOf } from "../check.ts";
import { refusals } from "../errors.ts";
import { promptOfChat } from "../generation/chat.ts";
import { assertOptions, type OptionNames } from "../options.ts";
import {
  answerIds,
  assertMessages,
  CHAT_FORMAT_NAMES,
  type ChatFormatOptions,
  type ChatMessage,
  GEMMA_CHAT,
  NO_TOOLS,
  toolField,
} from "../tokenizer/chat-format.ts";
import type { Tokenizer } from "../tokenizer/tokenizer.ts";

/** A message of a data set; "assistant" is another name of the model's role. */
export type TuningMessage = Omit<ChatMessage, "role"> & {
  /** Who speaks. */
  readonly role: ChatMessage["role"] | "assistant";
};

/**
 * One example to learn from:
 *
 * - `messages`, from the user's turn to the model's;
 * - `prompt` and `completion` as messages: a conversation too, of which the answers in `completion` are learnt;
 * - `prompt` and `completion` as texts: no turns. BOS, both texts, EOS; `completion` and EOS are learnt;
 * - `text`: BOS, the text, EOS; all but BOS is learnt.
 *
 * Texts without turns are plain text as TRL has it: `<start_of_turn>` and other special tokens written in them are those
 * tokens. Texts of strangers belong into messages, where they are characters.
 *
 * What else a row or a message has (`name`, `id`) is left alone, as rows of files are read; a message that calls a tool is refused.
 */
export type TuningRow =
  | readonly TuningMessage[]
  | { readonly messages: readonly TuningMessage[] }
  | {
      readonly prompt: string | readonly TuningMessage[];
      readonly completion: string | readonly TuningMessage[];
    }
  | { readonly text: string };

/** What of a conversation is learnt: each answer of the model, the last one, or all that is said. */
export type TrainOn = "answers" | "last" | "all";

/** Options of {@link conversation}. */
export interface ConversationOptions extends ChatFormatOptions {
  /**
   * What is learnt of a conversation. "all" are all tokens behind BOS, those of the user and the markers included.
   * Default: "answers", each with the token that ends its turn.
   */
  readonly trainOn?: TrainOn;
  /**
   * What becomes of a system's message where the format has no such role, as Gemma's: "refuse", or "prepend" it to
   * the first message of the user, with an empty line between; one without text adds nothing. Default: "refuse".
   */
  readonly system?: "refuse" | "prepend";
  /** The model's BOS. Default: the tokenizer's. */
  readonly bosTokenId?: number;
  /** The model's EOS, which ends texts without turns. Default: the tokenizer's. */
  readonly eosTokenId?: number;
  /** Number of ids that the model has. Default: as many as pieces. */
  readonly vocabSize?: number;
}

export const CONVERSATION_NAMES: OptionNames<ConversationOptions> = {
  ...CHAT_FORMAT_NAMES,
  trainOn: true,
  system: true,
  bosTokenId: true,
  eosTokenId: true,
  vocabSize: true,
};

/** A conversation to be learnt from; a `TrainingSequence`. */
export interface TuningExample {
  /** Its tokens, from BOS to the end of the last turn: [T]. */
  readonly ids: Int32Array;
  /** 1 where a token is to be learnt given those before it, else 0; 0 at BOS: [T]. */
  readonly mask: Uint8Array;
  /** Tokens before the last answer: what the model is asked with to give it. */
  readonly promptLength: number;
}

/**
 * The ids of a row, and which of them are learnt. Deterministic; nothing is padded or cut.
 * @throws {ArgumentError} if the row has none of the forms, its turns do not alternate from the user's to the
 * model's, or nothing in it would be learnt.
 * @throws {UnsupportedError} if the vocabulary has no markers of turns.
 */
export function conversation(
  row: TuningRow,
  tokenizer: Tokenizer,
  options: ConversationOptions = {},
): TuningExample {
  assertOptions(OP, options, CONVERSATION_NAMES);
  assertOneOf(OP, "trainOn", options.trainOn, ["answers", "last", "all"]);
  assertOneOf(OP, "system", options.system, ["refuse", "prepend"]);
  const { messages, prompt, completion, text } = fieldsOf(row);
  if (messages !== undefined)
    return turns(ours("messages", messages, options), 0, tokenizer, options);
  if (text !== undefined) return plain("", text, tokenizer, options);
  if (typeof prompt === "string" && typeof completion === "string") {
    return plain(prompt, completion, tokenizer, options);
  }
  if (typeof prompt === "string" || typeof completion === "string") {
    const hint = "a text stands for itself; as a message it is [{ role, content }]";
    throw refuse("completion", "what prompt is: a text, or messages", kindOf(completion), hint);
  }
  const asked = named("prompt", prompt as TuningMessage[]);
  const all = [...asked, ...named("completion", completion as TuningMessage[])];
  const joined = ours("messages", all, options);
  return turns(joined, asked.length - (all.length - joined.length), tokenizer, options);
}

const OP = "conversation";
const { argument: refuse } = refusals(OP);

/** @param known messages at the beginning, whose answers are not learnt. */
function turns(
  messages: readonly ChatMessage[],
  known: number,
  tokenizer: Tokenizer,
  options: ConversationOptions,
): TuningExample {
  const { trainOn = "answers", format = GEMMA_CHAT, allowTurnMarkers } = options;
  const { bosTokenId = tokenizer.bosId, vocabSize = tokenizer.vocabSize } = options;
  const chat = { format, allowTurnMarkers };
  // From here on an answer is its ids: so chatIds puts down the prompt and the answers apart.
  const said = messages.map((message) => withIds(message, tokenizer, chat));
  const last = said.length - 1;
  if (said[last]?.role !== "model") {
    const got = said.length === 0 ? "no message" : `a message of the ${said[last].role}`;
    const hint = "there is nothing to learn without an answer";
    throw refuse("messages", "a last message of the model", got, hint);
  }
  if (said[last - 1]?.role !== "user") {
    const got = last === 0 ? "nothing" : `a message of the ${said[last - 1].role}`;
    throw refuse("messages", "a message of the user before the last answer", got);
  }
  const promptOf = (turn: number) =>
    promptOfChat(tokenizer, said.slice(0, turn), chat, { bosTokenId, vocabSize });
  const answer = said[last].ids ?? [];
  assertIdsBelow(OP, answer, vocabSize, `messages[${last}].ids`);
  const prompt = promptOf(last);
  // chatIds has seen to it that there is such a token.
  const ids = Int32Array.from([...prompt, ...answer, tokenizer.idOf(format.end) as number]);
  const mask = new Uint8Array(ids.length);
  if (trainOn === "all") mask.fill(1, 1);
  else {
    said.forEach(({ role, ids: own = [] }, turn) => {
      const isLearnt =
        role === "model" && turn >= known && (trainOn === "answers" || turn === last);
      if (!isLearnt) return;
      const begin = turn === last ? prompt.length : promptOf(turn).length;
      mask.fill(1, begin, begin + own.length + 1); // and the end of the turn
    });
  }
  return { ids, mask, promptLength: prompt.length };
}

function withIds(message: ChatMessage, tokenizer: Tokenizer, chat: ChatFormatOptions): ChatMessage {
  if (message.role !== "model" || message.ids) return message;
  return { role: "model", content: "", ids: answerIds(tokenizer, message.content, chat) };
}

/** A text without turns, as a base model reads it. */
function plain(
  prompt: string,
  completion: string,
  tokenizer: Tokenizer,
  options: ConversationOptions,
): TuningExample {
  const { bosTokenId = tokenizer.bosId, eosTokenId = tokenizer.eosId, trainOn } = options;
  const before = [bosTokenId, ...tokenizer.encode(prompt)];
  const ids = Int32Array.from([...before, ...tokenizer.encode(completion), eosTokenId]);
  const mask = new Uint8Array(ids.length).fill(1, trainOn === "all" ? 1 : before.length);
  return { ids, mask, promptLength: before.length };
}

interface Fields {
  readonly messages?: readonly TuningMessage[];
  readonly prompt?: string | readonly TuningMessage[];
  readonly completion?: string | readonly TuningMessage[];
  readonly text?: string;
}

function fieldsOf(row: TuningRow): Fields {
  if (Array.isArray(row)) return { messages: row };
  const fields: Fields = Object(row);
  const { messages, prompt, completion, text } = fields;
  const isWhole = messages !== undefined || typeof text === "string";
  if (isWhole || (prompt !== undefined && completion !== undefined)) return fields;
  const isPair = "chosen" in fields;
  const hint = isPair
    ? "rows with chosen and rejected are preferences, which are learnt otherwise"
    : undefined;
  throw refuse(
    "row",
    "messages, { messages }, { prompt, completion } or { text }",
    brief(row),
    hint,
  );
}

const kindOf = (value: unknown) => (typeof value === "string" ? "a text" : "messages");

/** The messages with our name of the model's role. */
function named(argument: string, messages: readonly TuningMessage[]): ChatMessage[] {
  assertMessages(OP, messages as readonly ChatMessage[]);
  return messages.map((message, i) => {
    const at = `${argument}[${i}]`;
    const call = toolField(message);
    if (call) {
      const value = (message as unknown as Readonly<Record<string, unknown>>)[call];
      throw refuse(`${at}.${call}`, "no tools", brief(value), NO_TOOLS);
    }
    const { role, content, ids } = message;
    if (typeof content !== "string") {
      throw refuse(`${at}.content`, "a string", brief(content));
    }
    const own = { role: role === "assistant" ? ("model" as const) : role, content };
    return ids === undefined ? own : { ...own, ids };
  });
}

/** The messages as the format has them: without a system's, where it is to stand in the user's. */
function ours(
  argument: string,
  messages: readonly TuningMessage[],
  { system, format = GEMMA_CHAT }: ConversationOptions,
): ChatMessage[] {
  const all = named(argument, messages);
  const [first, second, ...rest] = all;
  const isForeign = first?.role === "system" && format.roles.system === undefined;
  if (!isForeign || system !== "prepend" || second?.role !== "user") return all;
  // Nothing is put before what the user says, not even an empty line, where the system says nothing.
  const before = first.content.trim() === "" ? "" : `${first.content}\n\n`;
  return [{ ...second, content: `${before}${second.content}` }, ...rest];
}
