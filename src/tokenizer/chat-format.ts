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
import { refusals } from "../errors.ts";
import { escaped, type Tokenizer } from "./tokenizer.ts";

/** One turn. */
export interface ChatMessage {
  /** Gemma was trained without a system role; models that were tuned to ChatML often have one. */
  readonly role: "system" | "user" | "model";
  readonly content: string;
  /**
   * A model's answer as the tokens that were generated; they take the place of `content`. Encoding the
   * text again may give other tokens, and the cache could not be used for them.
   */
  readonly ids?: readonly number[];
}

/** How turns are written down: each as `start`, its role, a newline, its content, `end`, and a newline. */
export interface ChatFormat {
  readonly name: string;
  readonly start: string;
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

/** Options of {@link chatPrompt}. */
export interface ChatPromptOptions {
  /** Default: {@link GEMMA_CHAT}. `Gemma` takes the one that its checkpoint was trained in. */
  readonly format?: ChatFormat;
}

/** Options of {@link chatIds}. */
export interface ChatFormatOptions extends ChatPromptOptions {
  /**
   * Whether the markers of turns inside a content are those tokens. By default they are mere text, so that a
   * message cannot end its turn or speak as the model.
   */
  readonly allowTurnMarkers?: boolean;
}

/**
 * The prompt for the model's next turn as text: all `messages`, and the opening of the model's answer, without BOS.
 * Feed a model with {@link chatIds}: in this text, a marker inside a message looks like a real one.
 * @throws {ArgumentError} unless the turns alternate, from the user's to the user's.
 */
export function chatPrompt(
  messages: readonly ChatMessage[],
  { format = GEMMA_CHAT }: ChatPromptOptions = {},
): string {
  const { start, end, roles } = format;
  const turns = turnsOf("chatPrompt", messages, format);
  const texts = turns.map(({ role, content }) => `${start}${roles[role]}\n${content}${end}\n`);
  return `${texts.join("")}${start}${roles.model}\n`;
}

/**
 * The ids of {@link chatPrompt}, without BOS. The text between two markers is encoded as a whole, so a
 * content that begins with a newline may share a token with the newline before it. The text is cut only
 * at answers that come with their ids, and within markers that are mere text.
 * @throws {ArgumentError} unless the turns alternate, from the user's to the user's.
 * @throws {UnsupportedError} if the vocabulary has no turn markers.
 */
export function chatIds(
  tokenizer: Tokenizer,
  messages: readonly ChatMessage[],
  { format = GEMMA_CHAT, allowTurnMarkers = false }: ChatFormatOptions = {},
): number[] {
  const { roles } = format;
  const turns = turnsOf("chatIds", messages, format);
  const { start, end } = markers(tokenizer, format);
  const withinMarker = cutsIn(format);
  const ids: number[] = [];
  const push = (more: readonly number[]) => {
    for (const id of more) ids.push(id);
  };
  for (const { role, content, ids: generated } of turns) {
    ids.push(start);
    const text = `${roles[role]}\n${generated ? "" : content}`;
    const parts = allowTurnMarkers ? [text] : text.split(withinMarker);
    for (const part of parts) push(tokenizer.encode(part));
    push(generated ?? []);
    ids.push(end);
    push(tokenizer.encode("\n"));
  }
  ids.push(start);
  push(tokenizer.encode(`${roles.model}\n`));
  return ids;
}

/** Right after the first character of a marker: a text cut there contains no marker. */
function cutsIn({ start, end }: ChatFormat): RegExp {
  const cut = (marker: string) =>
    `(?<=${escaped(marker.slice(0, 1))})(?=${escaped(marker.slice(1))})`;
  return new RegExp(`${cut(start)}|${cut(end)}`);
}

function markers(tokenizer: Tokenizer, format: ChatFormat): { start: number; end: number } {
  const start = tokenizer.idOf(format.start);
  const end = tokenizer.idOf(format.end);
  if (start !== undefined && end !== undefined) return { start, end };
  const hint = "a chat needs an instruction-tuned Gemma; generate() continues any text";
  const expected = `a vocabulary with ${format.start} and ${format.end}`;
  throw refusals("chatIds").unsupported("tokenizer", expected, "a vocabulary without them", hint);
}

/** The messages as the format writes them: with its default system message, and without whitespace that it cuts. */
function turnsOf(
  op: string,
  messages: readonly ChatMessage[],
  format: ChatFormat,
): readonly ChatMessage[] {
  assertTurns(op, messages, format);
  const { defaultSystem, trims } = format;
  const isOwn = defaultSystem === undefined || messages[0].role === "system";
  const all = isOwn ? messages : [{ role: "system", content: defaultSystem } as const, ...messages];
  return trims ? all.map((message) => ({ ...message, content: message.content.trim() })) : all;
}

/** @throws {ArgumentError} unless `messages` is a list of objects; their fields are not looked at. */
export function assertMessages(op: string, messages: readonly ChatMessage[]): void {
  const { argument: refuse } = refusals(op);
  if (!Array.isArray(messages)) throw refuse("messages", "a list of messages", brief(messages));
  const other = messages.findIndex((message) => typeof message !== "object" || message === null);
  if (other < 0) return;
  throw refuse(`messages[${other}]`, "a message {role, content}", brief(messages[other]));
}

function assertTurns(op: string, messages: readonly ChatMessage[], format: ChatFormat): void {
  assertMessages(op, messages);
  const { argument: refuse } = refusals(op);
  const hasSystem = format.roles.system !== undefined && messages[0]?.role === "system";
  const turns = hasSystem ? messages.slice(1) : messages;
  messages.forEach(({ role, content, ids }, i) => {
    const at = `messages[${i}]`;
    const turn = (i - (hasSystem ? 1 : 0)) % 2 === 0 ? "user" : "model";
    if (role !== turn && !(hasSystem && i === 0)) {
      throw refuse(`${at}.role`, `"${turn}"`, brief(role), hintFor(role, format));
    }
    if (typeof content !== "string") throw refuse(`${at}.content`, "a string", brief(content));
    if (!ids) return;
    if (role !== "model") {
      throw refuse(`${at}.ids`, "ids for answers of the model only", brief(ids));
    }
    if (typeof ids === "object" && Symbol.iterator in ids) return;
    throw refuse(`${at}.ids`, "a list of token ids", brief(ids));
  });
  if (turns.length % 2 === 1) return;
  const got = turns.length === 0 ? "no message" : "a message of the model";
  const hint =
    "to let the model continue an answer, generate from encodeChat(...) and the ids of its beginning";
  throw refuse(
    "messages",
    "a last message of the user",
    got,
    turns.length === 0 ? undefined : hint,
  );
}

function hintFor(role: string, { name, roles }: ChatFormat): string {
  if (role === "system") {
    return roles.system === undefined
      ? `${name} has no system role: put the instruction at the start of the first user message`
      : "a message of the system can only be the first";
  }
  if (role === "assistant") return 'Gemma\'s name for that role is "model", in every format';
  return "turns alternate, user first";
}
