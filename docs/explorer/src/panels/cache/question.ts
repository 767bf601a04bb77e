/** What this panel asks. @module */
export interface CacheQuestion {
  ask: { prompt: string; pos: number };
  answer: Cache;
}

export interface Cache {
  readonly prompt: string;
}
