/** What this panel asks. @module */
export interface GegluQuestion {
  ask: { prompt: string; pos: number };
  answer: Geglu;
}

export interface Geglu {
  readonly prompt: string;
}
