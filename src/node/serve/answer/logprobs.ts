/**
 * Log-probabilities as OpenAI writes them: lists side by side in completions, an object a token in chats.
 * @module
 */
import type { TokenLogprob } from "../../../generation/logits/top-logprobs.ts";
import type { StreamDecoder } from "../../../tokenizer/decoder.ts";
import type { Tokenizer } from "../../../tokenizer/tokenizer.ts";
import { byteOfPiece } from "../../../tokenizer/vocabulary.ts";
import type { ChoiceToken } from "./choice.ts";

/** Of completions: entry i of each list is about token i. */
export interface CompletionLogprobs {
  readonly tokens: string[];
  /** null for the first token of a text. */
  readonly token_logprobs: (number | null)[];
  /** By the text of the token. Of two tokens with the same text, the better one counts. */
  readonly top_logprobs: (Readonly<Record<string, number>> | null)[];
  /** Where each begins in the text of the choice, in characters (Unicode code points). */
  readonly text_offset: number[];
}

/** Of a chat's token. */
export interface ChatLogprob {
  readonly token: string;
  readonly logprob: number;
  /** UTF-8. */
  readonly bytes: readonly number[];
}

/** Of a chat's next tokens, as a choice has them. */
export interface ChatLogprobs {
  readonly content: (ChatLogprob & { readonly top_logprobs: readonly ChatLogprob[] })[];
  readonly refusal: null;
}

/** What a token is called: its piece, with spaces. A byte is `<0xF0>`, control tokens have their names. */
export function tokenText(tokenizer: Tokenizer, id: number): string {
  // A model may have ids that its tokenizer has not.
  return id < tokenizer.vocabSize ? tokenizer.piece(id).replaceAll("▁", " ") : `<id_${id}>`;
}

/** Collects the log-probabilities of a completion. */
export class CompletionLog {
  readonly #tokenizer: Tokenizer;
  readonly #decoder: StreamDecoder;
  #offset = 0;

  constructor(tokenizer: Tokenizer) {
    this.#tokenizer = tokenizer;
    this.#decoder = tokenizer.decoder({ vocabSize: Number.POSITIVE_INFINITY });
  }

  /** The lists for the next tokens. */
  next(tokens: readonly ChoiceToken[]): CompletionLogprobs {
    const textOf = (id: number) => tokenText(this.#tokenizer, id);
    const topOf = (top: readonly TokenLogprob[]) => {
      // Without a prototype: "constructor" is a token.
      const best: Record<string, number> = Object.create(null);
      for (const one of top) best[textOf(one.token)] ??= finite(one.logprob);
      return best;
    };
    return {
      tokens: tokens.map(({ id }) => textOf(id)),
      token_logprobs: tokens.map(({ look }) => (look ? finite(look.logprob) : null)),
      top_logprobs: tokens.map(({ look }) => (look ? topOf(look.top) : null)),
      text_offset: tokens.map(({ id }) => this.#offsetOf(id)),
    };
  }

  #offsetOf(id: number): number {
    const offset = this.#offset;
    for (const _ of this.#decoder.push(id)) this.#offset++;
    return offset;
  }
}

/** The log-probabilities of a chat's next tokens. */
export function chatLogprobs(tokenizer: Tokenizer, tokens: readonly ChoiceToken[]): ChatLogprobs {
  const one = ({ token: id, logprob }: TokenLogprob): ChatLogprob => {
    const token = tokenText(tokenizer, id);
    return { token, logprob: finite(logprob), bytes: bytesOf(token) };
  };
  const content = tokens.flatMap(({ look }) => {
    return look ? [{ ...one(look), top_logprobs: look.top.map(one) }] : [];
  });
  return { content, refusal: null };
}

function bytesOf(token: string): readonly number[] {
  return /^<0x[0-9A-F]{2}>$/.test(token) ? [byteOfPiece(token)] : [...Buffer.from(token)];
}

/** JSON has no −∞: as OpenAI has it, −9999 stands for what is out of the question. */
function finite(logprob: number): number {
  return Math.max(logprob, -9999);
}
