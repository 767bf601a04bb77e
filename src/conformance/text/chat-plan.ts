/**
 * How a conversation is written down as ids, decision by decision, with Gemma's as the defaults: what known bugs are
 * made of. With none of them changed it equals `chatIds` behind BOS.
 * @module
 */
import type { Tokenizer } from "../../tokenizer/tokenizer.ts";
import type { ChatMessage } from "../run/testee.ts";

/** The decisions. */
export interface ChatPlan {
  /** How often BOS stands before everything. Default 1. */
  readonly bos?: number;
  /** Whether BOS stands before every later turn of the user too. */
  readonly bosEachTurn?: boolean;
  readonly roles?: Readonly<Record<ChatMessage["role"], string>>;
  /** What stands behind a role. Default a newline. */
  readonly behindRole?: string;
  /** What stands behind the role that opens the answer. Default a newline. */
  readonly behindLastRole?: string;
  /** What stands behind the end of a turn. Default a newline. */
  readonly behindTurn?: string;
  /** Whether the model's turn is opened. Default true. */
  readonly opensAnswer?: boolean;
  /** The marker that opens the answer. Default that of every turn. */
  readonly opening?: "start" | "end";
  /** What becomes of a content before it is written. */
  readonly content?: (content: string) => string;
  /** How texts and ids are put together. Default `parts`. */
  readonly way?: ChatWay;
}

/**
 * Ways that are all right: markers as ids, and what stands between them encoded as one text (`parts`) or with role and
 * content apart (`apart`); or all encoded as one text, markers included (`whole`).
 */
export type ChatWay = "parts" | "apart" | "whole";

export const CHAT_WAYS: readonly ChatWay[] = ["parts", "apart", "whole"];

/** Right after the first character of a marker: a content cut there holds no marker. */
const WITHIN_MARKER = /(?<=<)(?=start_of_turn>|end_of_turn>)/;

/** The ids of `messages` as `plan` has it, with texts encoded by `encode`. */
export function plannedChatIds(
  { bosId, startOfTurnId, endOfTurnId }: Tokenizer,
  encode: (text: string) => readonly number[],
  messages: readonly ChatMessage[],
  plan: ChatPlan = {},
): number[] {
  const { roles = { user: "user", model: "model" }, behindRole = "\n", behindTurn = "\n" } = plan;
  const {
    content: changed = (content: string) => content,
    opensAnswer = true,
    way = "parts",
  } = plan;
  const markers = { start: startOfTurnId as number, end: endOfTurnId as number };
  const written = { start: "<start_of_turn>", end: "<end_of_turn>" };
  const ids: number[] = [];
  let text = "";
  const write = (more: string) => {
    text += more;
  };
  const flush = () => {
    // As a whole, a marker within a content is a marker like any other.
    for (const part of way === "whole" ? [text] : text.split(WITHIN_MARKER))
      ids.push(...encode(part));
    text = "";
  };
  const mark = (marker: "start" | "end") => {
    if (way === "whole") return write(written[marker]);
    flush();
    ids.push(markers[marker]);
  };
  const bos = (count: number) => {
    flush();
    for (let i = 0; i < count; i++) ids.push(bosId);
  };
  bos(plan.bos ?? 1);
  messages.forEach(({ role, content }, i) => {
    if (plan.bosEachTurn && role === "user" && i > 0) bos(1);
    mark("start");
    write(`${roles[role]}${behindRole}`);
    if (way === "apart") flush();
    write(changed(content));
    mark("end");
    write(behindTurn);
  });
  if (opensAnswer) {
    mark(plan.opening ?? "start");
    write(`${roles.model}${plan.behindLastRole ?? behindRole}`);
  }
  flush();
  return ids;
}
