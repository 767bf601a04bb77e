/** What this panel asks. @module */
export interface AttributionQuestion {
  ask: { prompt: string; pos: number };
  answer: Attribution;
}

export interface Attribution {
  readonly prompt: string;
}
