/**
 * The text of tokens as they come: bytes of unfinished characters and beginnings of stop texts are held back
 * until it is known what becomes of them.
 * @module
 */
import type { Tokenizer } from "../tokenizer/tokenizer.ts";
import type { ChosenToken } from "./steps.ts";
import { StopText } from "./stop-text.ts";

/** The text of one generation. */
export class StreamedText {
  readonly #decoder: ReturnType<Tokenizer["decoder"]> | undefined;
  readonly #stopText: StopText;

  /** @param tokenizer without one, all texts are empty. */
  constructor(tokenizer: Tokenizer | undefined, stops: readonly string[]) {
    this.#decoder = tokenizer?.decoder();
    this.#stopText = new StopText(stops);
  }

  /** Takes a token → the text that is certain by now, and whether a stop text was met. */
  push({ token, end }: ChosenToken): { readonly text: string; readonly stopped: boolean } {
    const isMarker = end === "eos" || end === "end_of_turn";
    if (isMarker) return { text: this.#rest().text, stopped: false };
    const now = this.#stopText.push(this.#decoder?.push(token) ?? "");
    if (!end || now.stopped) return now;
    const rest = this.#rest();
    return { text: now.text + rest.text, stopped: rest.stopped };
  }

  /** All that was held back. */
  #rest(): { readonly text: string; readonly stopped: boolean } {
    const { text, stopped } = this.#stopText.push(this.#decoder?.flush() ?? "");
    return { text: text + this.#stopText.flush(), stopped };
  }
}
