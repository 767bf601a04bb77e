/** What this panel asks. @module */
export interface WriteQuestion {
  ask: { prompt: string; pos: number };
  answer: Write;
}

export interface Write {
  readonly prompt: string;
}
