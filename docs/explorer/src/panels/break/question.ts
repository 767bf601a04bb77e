/** What this panel asks. @module */
export interface BreakQuestion {
  ask: { prompt: string; pos: number };
  answer: Break;
}

export interface Break {
  readonly prompt: string;
}
