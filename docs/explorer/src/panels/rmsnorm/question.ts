/** What this panel asks. @module */
export interface RmsNormQuestion {
  ask: { prompt: string; pos: number };
  answer: RmsNorm;
}

export interface RmsNorm {
  readonly prompt: string;
}
