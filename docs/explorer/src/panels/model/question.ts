/** What this panel asks. @module */
export interface ModelQuestion {
  ask: { prompt: string; pos: number };
  answer: Model;
}

export interface Model {
  readonly prompt: string;
}
