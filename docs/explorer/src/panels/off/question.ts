/** What this panel asks. @module */
export interface OffQuestion {
  ask: { prompt: string; pos: number };
  answer: Off;
}

export interface Off {
  readonly prompt: string;
}
