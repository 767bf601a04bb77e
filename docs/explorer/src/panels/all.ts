/**
 * The code of all panels, as one file: they are alike, and compress to three quarters of what they are apart.
 * @module
 */
import type { FunctionComponent } from "preact";
import AttentionPanel from "./attention/panel.tsx";
import AttributionPanel from "./attribution/panel.tsx";
import BreakPanel from "./break/panel.tsx";
import CachePanel from "./cache/panel.tsx";
import GegluPanel from "./geglu/panel.tsx";
import LearningPanel from "./learning/panel.tsx";
import LensPanel from "./lens/panel.tsx";
import ModelPanel from "./model/panel.tsx";
import type { PanelName } from "./names.ts";
import OffPanel from "./off/panel.tsx";
import PrecisionPanel from "./precision/panel.tsx";
import RmsNormPanel from "./rmsnorm/panel.tsx";
import RopePanel from "./rope/panel.tsx";
import SamplingPanel from "./sampling/panel.tsx";
import TokenizerPanel from "./tokenizer/panel.tsx";
import WritePanel from "./write/panel.tsx";

export const COMPONENTS: Readonly<Record<PanelName, FunctionComponent>> = {
  tokenizer: TokenizerPanel,
  rmsnorm: RmsNormPanel,
  rope: RopePanel,
  attention: AttentionPanel,
  geglu: GegluPanel,
  lens: LensPanel,
  attribution: AttributionPanel,
  off: OffPanel,
  break: BreakPanel,
  sampling: SamplingPanel,
  cache: CachePanel,
  precision: PrecisionPanel,
  write: WritePanel,
  learning: LearningPanel,
  model: ModelPanel,
};
