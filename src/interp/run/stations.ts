/**
 * Where a watched pass has something to do: the tensors that it writes, in order, each with the derived taps that are
 * there when it has been written.
 * @module
 */
import type { GemmaConfig } from "../../config.ts";
import { LAYER_TAPS, type LayerTap, type RecordedTap, type TapName } from "../../model/taps.ts";
import type { Chain } from "../chains/chain.ts";
import { chainTo } from "../chains/chains.ts";
import { type View, viewAfter } from "./views.ts";

/** One tensor, and what belongs to it. */
export interface Station {
  readonly tap: RecordedTap;
  readonly chain: Chain | undefined;
  readonly view: View | undefined;
  /** All of these. */
  readonly taps: readonly TapName[];
}

/** The stations at which one of `wanted` is, in the order of computing. */
export function stationsOf(
  config: GemmaConfig,
  wanted: ReadonlySet<TapName>,
): ReadonlyMap<RecordedTap, Station> {
  const stations = new Map<RecordedTap, Station>();
  for (const tap of recordedTaps(config)) {
    const chain = chainTo(tap, config);
    const view = viewAfter(tap, config);
    const taps: TapName[] = [...(chain?.stages ?? []).map((stage) => stage.tap), tap];
    if (view) taps.push(view.tap);
    if (taps.some((name) => wanted.has(name))) stations.set(tap, { tap, chain, view, taps });
  }
  return stations;
}

function recordedTaps({ numHiddenLayers }: GemmaConfig): RecordedTap[] {
  const inBlock = Object.keys(LAYER_TAPS) as LayerTap[];
  const blocks = Array.from({ length: numHiddenLayers }, (_, layer) =>
    inBlock.map((tap) => `blocks.${layer}.${tap}` as const),
  );
  return ["hook_embed", ...blocks.flat(), "ln_final.hook_out", "logits"];
}
