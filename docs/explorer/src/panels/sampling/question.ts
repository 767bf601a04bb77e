/** What this panel asks. @module */
export interface SamplingQuestion {
  ask: { prompt: string; pos: number };
  answer: Sampling;
}

export interface Sampling {
  readonly prompt: string;
}
