/**
 * Turn formats: Gemma's, in which the instruction-tuned models were trained and must be prompted, and ChatML, in
 * which others tuned them further.
 * Gemma Team 2024, arXiv:2403.08295, Tables 3 and 4:
 *
 *     <start_of_turn>user⏎
 *     Knock knock.<end_of_turn>⏎
 *     <start_of_turn>model⏎
 *     Who's there?<end_of_turn>⏎
 *
 * `<bos>` stands once, before everything; it is not part of the text and is added to the ids. Contents
 * are taken to the letter, as in Google's own code. (Hugging Face's template trims them; a model that comes with it
 * is asked like that.)
 * @module
 */
import { brief } from "../brief.ts";
import { assertIdsBelow, isList } from "../check.ts";
import { refusals } from "../errors.ts";
import { assertNames, assertOptions, type OptionNames } from "../options.ts";
import { cutsWithin } from "./marker-cuts.ts";
import type { Tokenizer } from "./tokenizer.ts";

/** One turn. */
export interface ChatMessage {
  /** Gemma was trained without a system role; models that were tuned to ChatML often have one. */
  readonly role: "system" | "user" | "model";
  /** What was said. It is text: a marker in it ends no turn. */
  readonly content: string;
  /**
   * A model's answer as the tokens that were generated; they take the place of `content`, which has to be their
   * text, or empty. Encoding the text again may give other tokens, and the cache could not be used for them.
   */
  readonly ids?: readonly number[];
}

const MESSAGE_NAMES: OptionNames<ChatMessage> = { role: true, content: true, ids: true };

/** How turns are written down: each as `start`, its role, a newline, its content, `end`, and a newline. */
export interface ChatFormat {
  /** For messages. */
  readonly name: string;
  /** The piece that begins a turn. */
  readonly start: string;
  /** The piece that ends a turn. */
  readonly end: string;
  /** What the roles are called. Without a system role, such a message is refused. */
  readonly roles: {
    readonly system?: string;
    readonly user: string;
    readonly model: string;
  };
  /** Whether BOS stands before the first turn. */
  readonly bos: boolean;
  /** The system's message where a conversation does not begin with one. */
  readonly defaultSystem?: string;
  /** Whether contents lose the whitespace at both ends. Default false. */
  readonly trims?: boolean;
}

const FORMAT_NAMES: OptionNames<ChatFormat> = {
  name: true,
  start: true,
  end: true,
  roles: true,
  bos: true,
  defaultSystem: true,
  trims: true,
};

/** Gemma's own. */
export const GEMMA_CHAT: ChatFormat = {
  name: "Gemma",
  start: "<start_of_turn>",
  end: "<end_of_turn>",
  roles: { user: "user", model: "model" },
  bos: true,
};

/**
 * What many fine-tunes were trained in, usually with markers added to the vocabulary. Whether BOS stands before it
 * differs from one to the next.
 */
export const CHATML: ChatFormat = {
  name: "ChatML",
  start: "<|im_start|>",
  end: "<|im_end|>",
  roles: { system: "system", user: "user", model: "assistant" },
  bos: true,
};

/** Which format, and how its texts are read. */
export interface ChatFormatOptions {
  /** Default: {@link GEMMA_CHAT}. `Gemma` takes the one that its checkpoint was trained in. */
  readonly format?: ChatFormat;
  /**
   * Whether the markers of turns inside a content are those tokens. By default they are mere text, so that a
   * message cannot end its turn or speak as the model.
   */
  readonly allowTurnMarkers?: boolean;
}

export const CHAT_FORMAT_NAMES: OptionNames<ChatFormatOptions> = {
  format: true,
  allowTurnMarkers: "boolean",
};

/** Where the prompt ends. */
interface ChatEnd {
  /**
   * The last message is the beginning of the model's answer, which it is to continue: its turn is left open behind it. A
   * space at its end is best left out, as the model's own tokens begin with one. Default false: the last message is the
   * user's, and the model's turn is opened.
   */
  readonly continueFinalMessage?: boolean;
}

/** Options of {@link chatPrompt}. */
export interface ChatPromptOptions extends ChatEnd, Pick<ChatFormatOptions, "format"> {}

const CHAT_PROMPT_NAMES: OptionNames<ChatPromptOptions> = {
  format: true,
  continueFinalMessage: "boolean",
};

/** Options of {@link chatIds}. */
export interface ChatIdsOptions extends ChatEnd, ChatFormatOptions {}

export const CHAT_IDS_NAMES: OptionNames<ChatIdsOptions> = {
  ...CHAT_FORMAT_NAMES,
  continueFinalMessage: "boolean",
};

/**
 * The prompt for the model's next turn as text: all `messages`, and the opening of the model's answer, without BOS.
 * Feed a model with {@link chatIds}: in this text, a marker inside a message looks like a real one.
 * @throws {ArgumentError} unless the turns alternate, from the user's to the user's, or to the model's where that is continued.
 */
export function chatPrompt(
  messages: readonly ChatMessage[],
  options: ChatPromptOptions = {},
): string {
  assertOptions("chatPrompt", options, CHAT_PROMPT_NAMES);
  const { format = GEMMA_CHAT, continueFinalMessage: isOpen = false } = options;
  const turns = turnsOf("chatPrompt", messages, format, isOpen);
  const { start, end, roles } = format;
  const texts = turns.map(({ role, content }) => `${start}${roles[role]}\n${content}`);
  return (isOpen ? texts : [...texts, `${start}${roles.model}\n`]).join(`${end}\n`);
}

/**
 * The ids of {@link chatPrompt}, without BOS. The text between two markers is encoded as a whole, so a
 * content that begins with a newline may share a token with the newline before it. The text is cut only
 * at answers that come with their ids, and within markers that are mere text.
 * @param vocabSize number of ids that the model has: those of answers lie below. Default: as many as pieces.
 * @throws {ArgumentError} unless the turns alternate, from the user's to the user's, or to the model's where that is continued.
 * @throws {UnsupportedError} if the vocabulary has no turn markers.
 */
export function chatIds(
  tokenizer: Tokenizer,
  messages: readonly ChatMessage[],
  options: ChatIdsOptions = {},
  vocabSize: number = tokenizer.vocabSize,
): number[] {
  assertOptions("chatIds", options, CHAT_IDS_NAMES);
  const { format = GEMMA_CHAT, allowTurnMarkers = false } = options;
  const { continueFinalMessage: isOpen = false } = options;
  const turns = turnsOf("chatIds", messages, format, isOpen);
  const { roles } = format;
  messages.forEach((message, i) => {
    assertGenerated(message, `messages[${i}].ids`, tokenizer, vocabSize);
  });
  const { start, end } = markers(tokenizer, format);
  const withinMarker = cutsWithin([format.start, format.end]);
  const ids: number[] = [];
  const push = (more: readonly number[]) => {
    for (const id of more) ids.push(id);
  };
  // #region turns
  for (const [i, { role, content, ids: generated }] of turns.entries()) {
    ids.push(start);
    const text = `${roles[role]}\n${generated ? "" : content}`;
    const parts = allowTurnMarkers ? [text] : text.split(withinMarker);
    for (const part of parts) push(tokenizer.encode(part));
    push(generated ?? []);
    if (isOpen && i === turns.length - 1) return ids;
    ids.push(end);
    push(tokenizer.encode("\n"));
  }
  ids.push(start);
  push(tokenizer.encode(`${roles.model}\n`));
  // #endregion
  return ids;
}

/**
 * The ids of an answer by itself, as they follow the opening of the model's turn: what a model is to generate.
 * {@link chatIds} encodes an answer together with the newline before it, unless it comes with its ids.
 */
export function answerIds(
  tokenizer: Tokenizer,
  content: string,
  { format = GEMMA_CHAT, allowTurnMarkers = false }: ChatFormatOptions = {},
): number[] {
  const text = format.trims ? stripped(content) : content;
  const parts = allowTurnMarkers ? [text] : text.split(cutsWithin([format.start, format.end]));
  return parts.flatMap((part) => tokenizer.encode(part));
}

/** @throws {ArgumentError} unless the ids of an answer are the model's, and those of its content. */
function assertGenerated(
  { content, ids }: ChatMessage,
  at: string,
  tokenizer: Tokenizer,
  vocabSize: number,
): void {
  if (!ids) return;
  assertIdsBelow("chatIds", ids, vocabSize, at);
  const said = tokenizer.decode(ids, { vocabSize });
  if (content === "" || said === content) return;
  const hint = "leave them out where you change the content of an answer";
  const expected = `the ids of its content, ${brief(content)}`;
  throw refusals("chatIds").argument(at, expected, `those of ${brief(said)}`, hint);
}

function markers(tokenizer: Tokenizer, format: ChatFormat): { start: number; end: number } {
  const start = tokenizer.idOf(format.start);
  const end = tokenizer.idOf(format.end);
  if (start !== undefined && end !== undefined) return { start, end };
  const hint = "a chat needs an instruction-tuned Gemma; generate() continues any text";
  const expected = `a vocabulary with ${format.start} and ${format.end}`;
  throw refusals("chatIds").unsupported("tokenizer", expected, "a vocabulary without them", hint);
}

/** Whitespace of Python, which knows four separators and a line's end that JavaScript does not. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what JavaScript does not know
const SPACE = /[\x1c-\x1f\x85\t-\r \xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]/;

/** As Python's `str.strip`, which templates run. */
function stripped(text: string): string {
  let [begin, end] = [0, text.length];
  while (begin < end && SPACE.test(text[begin])) begin++;
  while (end > begin && SPACE.test(text[end - 1])) end--;
  return text.slice(begin, end);
}

/** The messages as the format writes them: with its default system message, and without whitespace that it cuts. */
function turnsOf(
  op: string,
  messages: readonly ChatMessage[],
  format: ChatFormat,
  isOpen: boolean,
): readonly ChatMessage[] {
  assertTurns(op, messages, format, isOpen);
  const { defaultSystem, trims } = format;
  const isOwn = defaultSystem === undefined || messages[0].role === "system";
  const all = isOwn ? messages : [{ role: "system", content: defaultSystem } as const, ...messages];
  return trims ? all.map((message) => ({ ...message, content: stripped(message.content) })) : all;
}

/** @throws {ArgumentError} unless `messages` is a list of objects; their fields are not looked at. */
export function assertMessages(op: string, messages: readonly ChatMessage[]): void {
  const { argument: refuse } = refusals(op);
  if (!Array.isArray(messages)) throw refuse("messages", "a list of messages", brief(messages));
  const other = messages.findIndex((message) => typeof message !== "object" || message === null);
  if (other < 0) return;
  throw refuse(`messages[${other}]`, "a message {role, content}", brief(messages[other]));
}

/** @throws {ArgumentError} unless `format` says how turns are written. */
function assertFormat(op: string, format: ChatFormat): void {
  const { start, end, roles, bos } = (format ?? {}) as Partial<ChatFormat>;
  const texts: unknown[] = [start, end, roles?.user, roles?.model];
  const isWhole = texts.every((text) => typeof text === "string" && text !== "");
  if (!isWhole || typeof bos !== "boolean") {
    const expected =
      "GEMMA_CHAT, CHATML, or a format with start, end, bos, and roles for user and model";
    throw refusals(op).argument("format", expected, brief(format));
  }
  assertNames(refusals(op), format, FORMAT_NAMES, "a field of a format", "format.");
}

function assertTurns(
  op: string,
  messages: readonly ChatMessage[],
  format: ChatFormat,
  isOpen: boolean,
): void {
  assertFormat(op, format);
  assertMessages(op, messages);
  const refusing = refusals(op);
  const { argument: refuse } = refusing;
  const hasSystem = format.roles.system !== undefined && messages[0]?.role === "system";
  const turns = hasSystem ? messages.slice(1) : messages;
  messages.forEach((message, i) => {
    const { role, content, ids } = message;
    const at = `messages[${i}]`;
    const turn = (i - (hasSystem ? 1 : 0)) % 2 === 0 ? "user" : "model";
    if (role !== turn && !(hasSystem && i === 0)) {
      throw refuse(`${at}.role`, `"${turn}"`, brief(role), roleHint(role, format));
    }
    assertNames(refusing, message, MESSAGE_NAMES, "a field of a message", `${at}.`);
    if (typeof content !== "string") {
      const parts = "Gemma reads nothing but text: join the texts of the parts";
      const hint = Array.isArray(content) ? parts : undefined;
      throw refuse(`${at}.content`, "a string", brief(content), hint);
    }
    if (ids === undefined || ids === null) return;
    if (role !== "model") {
      throw refuse(`${at}.ids`, "ids for answers of the model only", brief(ids));
    }
    if (Array.isArray(ids) || (ArrayBuffer.isView(ids) && isList(ids))) return;
    throw refuse(`${at}.ids`, "a list of token ids", brief(ids));
  });
  const isUsers = turns.length % 2 === 1;
  if (turns.length > 0 && isUsers !== isOpen) return;
  const [last, other] = isOpen ? ["model", "user"] : ["user", "model"];
  const hint = isOpen
    ? "without continueFinalMessage the model's turn is opened for it"
    : "continueFinalMessage: true lets the model continue its own message";
  const got = turns.length === 0 ? "no message" : `a message of the ${other}`;
  const expected = `a last message of the ${last}`;
  throw refuse("messages", expected, got, turns.length === 0 ? undefined : hint);
}

/** What to say about a role that is not the one whose turn it is. */
export function roleHint(role: unknown, { name, roles }: ChatFormat): string {
  if (role === "system" || role === "developer") {
    return roles.system === undefined
      ? `${name} has no system role: put the instruction at the start of the first user message`
      : 'a message of the role "system" can only be the first';
  }
  if (role === "assistant") return 'Gemma\'s name for that role is "model", in every format';
  if (role === "tool" || role === "function") return NO_TOOLS;
  return "turns alternate, user first";
}

/** What to say where a message calls a tool, or has its result. */
export const NO_TOOLS: string = "Gemma 1 knows no tools: tell it a result in the user's words";

/** The field by which a message of a data set calls a tool, or answers such a call; `undefined` where it does not. */
export function toolField(message: object): string | undefined {
  const fields = message as Readonly<Record<string, unknown>>;
  return ["tool_calls", "function_call", "tool_call_id"].find((name) => {
    const value = fields[name] ?? [];
    return !(Array.isArray(value) && value.length === 0);
  });
}
