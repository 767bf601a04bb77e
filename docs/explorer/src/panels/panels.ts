/**
 * The panels: their titles, the question and the live answer on their tiles, and their code, which comes when it is asked
 * for, or when the page has nothing else to do.
 * @module
 */
import type { FunctionComponent } from "preact";
import { AttentionTile } from "./attention/tile.tsx";
import { AttributionTile } from "./attribution/tile.tsx";
import { BreakTile } from "./break/tile.tsx";
import { CacheTile } from "./cache/tile.tsx";
import { GegluTile } from "./geglu/tile.tsx";
import { LensTile } from "./lens/tile.tsx";
import { ModelTile } from "./model/tile.tsx";
import type { PanelName } from "./names.ts";
import { OffTile } from "./off/tile.tsx";
import { PrecisionTile } from "./precision/tile.tsx";
import { RmsNormTile } from "./rmsnorm/tile.tsx";
import { RopeTile } from "./rope/tile.tsx";
import { SamplingTile } from "./sampling/tile.tsx";
import { TokenizerTile } from "./tokenizer/tile.tsx";
import { WriteTile } from "./write/tile.tsx";

interface PanelEntry {
  readonly title: string;
  readonly Tile: FunctionComponent;
  load(): Promise<{ default: FunctionComponent }>;
}

export const PANELS: Readonly<Record<PanelName, PanelEntry>> = {
  tokenizer: {
    title: "Tokenizer",
    Tile: TokenizerTile,
    load: () => import("./tokenizer/panel.tsx"),
  },
  rmsnorm: { title: "RMSNorm", Tile: RmsNormTile, load: () => import("./rmsnorm/panel.tsx") },
  rope: { title: "RoPE", Tile: RopeTile, load: () => import("./rope/panel.tsx") },
  attention: {
    title: "Attention",
    Tile: AttentionTile,
    load: () => import("./attention/panel.tsx"),
  },
  geglu: { title: "GeGLU", Tile: GegluTile, load: () => import("./geglu/panel.tsx") },
  lens: { title: "Lens", Tile: LensTile, load: () => import("./lens/panel.tsx") },
  attribution: {
    title: "Why this word?",
    Tile: AttributionTile,
    load: () => import("./attribution/panel.tsx"),
  },
  off: { title: "Heads off", Tile: OffTile, load: () => import("./off/panel.tsx") },
  break: { title: "Break it", Tile: BreakTile, load: () => import("./break/panel.tsx") },
  sampling: { title: "Sampling", Tile: SamplingTile, load: () => import("./sampling/panel.tsx") },
  cache: { title: "KV cache", Tile: CacheTile, load: () => import("./cache/panel.tsx") },
  precision: {
    title: "Precision, backend",
    Tile: PrecisionTile,
    load: () => import("./precision/panel.tsx"),
  },
  write: { title: "Write, chat", Tile: WriteTile, load: () => import("./write/panel.tsx") },
  model: { title: "Your Gemma", Tile: ModelTile, load: () => import("./model/panel.tsx") },
};
