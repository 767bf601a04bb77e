/** What this panel asks. @module */
export interface PrecisionQuestion {
  ask: { prompt: string; pos: number };
  answer: Precision;
}

export interface Precision {
  readonly prompt: string;
}
