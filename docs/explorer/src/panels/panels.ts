/**
 * The panels: their titles, and the line on their tiles.
 * @module
 */
import type { FunctionComponent } from "preact";
import { AttentionTile } from "./attention/tile.tsx";
import { AttributionTile } from "./attribution/tile.tsx";
import { BreakTile } from "./break/tile.tsx";
import { CacheTile } from "./cache/tile.tsx";
import { GegluTile } from "./geglu/tile.tsx";
import { LearningTile } from "./learning/tile.tsx";
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
}

export const PANELS: Readonly<Record<PanelName, PanelEntry>> = {
  tokenizer: {
    title: "Tokenizer",
    Tile: TokenizerTile,
  },
  rmsnorm: { title: "RMSNorm", Tile: RmsNormTile },
  rope: { title: "RoPE", Tile: RopeTile },
  attention: {
    title: "Attention",
    Tile: AttentionTile,
  },
  geglu: { title: "GeGLU", Tile: GegluTile },
  lens: { title: "Lens", Tile: LensTile },
  attribution: {
    title: "Why this word?",
    Tile: AttributionTile,
  },
  off: { title: "Heads off", Tile: OffTile },
  break: { title: "Break it", Tile: BreakTile },
  sampling: { title: "Sampling", Tile: SamplingTile },
  cache: { title: "KV cache", Tile: CacheTile },
  precision: {
    title: "Precision",
    Tile: PrecisionTile,
  },
  write: { title: "Write, chat", Tile: WriteTile },
  learning: { title: "Learning", Tile: LearningTile },
  model: { title: "Your Gemma", Tile: ModelTile },
};
