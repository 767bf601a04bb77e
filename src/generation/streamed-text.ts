/**
 * The text of tokens as they come: bytes of unfinished characters and beginnings of stop texts are held back
 * until it is known what becomes of them.
 * @module
 */
import type { Tokenizer } from "../tokenizer/tokenizer.ts";
import type { ChosenToken } from "./chooser.ts";
import { StopText } from "./stop-text.ts";

/** The text of one generation. */
export class StreamedText {
  readonly #decoder: ReturnType<Tokenizer["decoder"]> | undefined;
  readonly #stopText: StopText;
  /** Tokens whose text is not looked through for stop texts. */
  #unstoppable: number;

  /**
   * @param tokenizer without one, all texts are empty.
   * @param minTokens the text of so many tokens has no stops in it.
   */
  constructor(tokenizer: Tokenizer | undefined, stops: readonly string[], minTokens = 0) {
    this.#unstoppable = minTokens;
    this.#decoder = tokenizer?.decoder({ vocabSize: Number.POSITIVE_INFINITY });
    this.#stopText = new StopText(stops);
  }

  /** Takes a token → the text that is certain by now, and the stop text that was met, if one was. */
  push({ token, end }: ChosenToken): { readonly text: string; readonly stoppedBy?: string } {
    if (end?.stopReason !== undefined) return { text: this.#rest().text };
    const piece = this.#decoder?.push(token) ?? "";
    if (this.#unstoppable-- > 0)
      return { text: end ? piece + (this.#decoder?.flush() ?? "") : piece };
    const now = this.#stopText.push(piece);
    if (!end || now.stoppedBy !== undefined) return now;
    const { text, stoppedBy } = this.#rest();
    return { text: now.text + text, stoppedBy };
  }

  /** All that was held back. */
  #rest(): { readonly text: string; readonly stoppedBy?: string } {
    const { text, stoppedBy } = this.#stopText.push(this.#decoder?.flush() ?? "");
    return { text: text + this.#stopText.flush(), stoppedBy };
  }
}
