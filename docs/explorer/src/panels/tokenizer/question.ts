/** What this panel asks. @module */
export interface TokenizerQuestion {
  ask: { prompt: string; pos: number };
  answer: Tokenizer;
}

export interface Tokenizer {
  readonly prompt: string;
}
