/** A question and its answer, as they stand in the conversation. */
import type { FinishReason } from "gemma-reference";

const ENDINGS: Partial<Record<FinishReason, string>> = {
  abort: "stopped",
  length: "cut, as long as an answer may be",
  context: "cut, the conversation is as long as it may be",
};

export class Answer {
  readonly element = document.createElement("article");
  /** One node that grows, so that the browser has one thing to lay out. */
  readonly #text = document.createTextNode("");
  readonly #note = document.createElement("small");
  /** What has come since the last frame. */
  #arrived = "";
  #tokens = 0;
  #begin = 0;
  #last = 0;

  constructor(question: string) {
    const asked = document.createElement("h2");
    asked.textContent = question;
    const told = document.createElement("p");
    told.append(this.#text);
    this.#note.textContent = "…";
    this.element.append(asked, told, this.#note);
    this.element.ariaBusy = "true";
  }

  get text(): string {
    return this.#text.data + this.#arrived;
  }

  /** Keeps a token for the next frame. */
  add(text: string): void {
    this.#arrived += text;
    this.#tokens++;
    this.#last = performance.now();
    this.#begin ||= this.#last;
  }

  /** Writes down what has come: once a frame, however many tokens that are. */
  draw(): void {
    if (this.#arrived === "") return;
    this.#text.appendData(this.#arrived);
    this.#arrived = "";
    this.#note.textContent = this.#speed();
  }

  end(reason: FinishReason | undefined): void {
    this.draw();
    const ending = reason && ENDINGS[reason];
    this.#note.textContent = [this.#speed(), ending].filter(Boolean).join(" · ");
    this.element.ariaBusy = "false";
  }

  fail(message: string): void {
    this.end(undefined);
    const error = document.createElement("p");
    error.className = "error";
    error.role = "alert";
    error.textContent = message;
    this.element.append(error);
  }

  #speed(): string {
    if (this.#tokens === 0) return "";
    // The first one took the time of the question, which is not the time of a token.
    const rate = (1000 * (this.#tokens - 1)) / (this.#last - this.#begin);
    const count = `${this.#tokens} ${this.#tokens === 1 ? "token" : "tokens"}`;
    return Number.isFinite(rate) ? `${count} · ${rate.toFixed(rate < 10 ? 1 : 0)} tokens/s` : count;
  }
}
