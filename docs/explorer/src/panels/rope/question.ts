/** What this panel asks. @module */
export interface RopeQuestion {
  ask: { prompt: string; pos: number };
  answer: Rope;
}

export interface Rope {
  readonly prompt: string;
}
