/**
 * The stream from left to right: nine columns, one for the embedding and two for each layer, and under each the stream
 * and what the model would say there.
 * @module
 */
import { useEffect, useRef } from "preact/hooks";
import { chosen, overview } from "../answers.ts";
import { depthName } from "../depth-name.ts";
import { count, round } from "../format.ts";
import { change, chooseCell, openPanel } from "../state.ts";
import { Choices } from "./choices.tsx";
import { Heads } from "./heads.tsx";
import { Said, SaidBar } from "./said.tsx";
import { Strip } from "./strip.tsx";
import { Units } from "./units.tsx";

/** Depths that have room side by side; a longer stream scrolls in a frame of its own. */
const FEW = 11;

export function StreamAcross() {
  const { streams, tokens, pos, model, next, layers } = overview.value;
  const { cell } = chosen.value;
  const { vocabSize } = model;
  const columns = { "--depths": streams.length };
  const isLong = streams.length > FEW;
  const box = useRef<HTMLDivElement>(null);
  const chosenLayer = chosen.value.layer;
  useEffect(() => {
    const one = box.current?.querySelectorAll<HTMLElement>(".layer")[chosenLayer];
    if (!box.current || !one || !isLong) return;
    const { scrollLeft, clientWidth } = box.current;
    const isSeen =
      one.offsetLeft >= scrollLeft && one.offsetLeft + one.offsetWidth <= scrollLeft + clientWidth;
    if (!isSeen) box.current.scrollLeft = one.offsetLeft - (clientWidth - one.offsetWidth) / 2;
  }, [chosenLayer, isLong]);
  const across = (
    <div class={isLong ? "across long" : "across"} style={columns}>
      <section class="embedding">
        <h3>Embedding</h3>
        <p>
          row {tokens[pos].id} of {count(vocabSize)}, times √{streams[0].values.length}
        </p>
      </section>
      {layers.map((_, layer) => (
        <Layer key={layer} layer={layer} />
      ))}
      <section class="logits">
        <h3>Logits</h3>
        <ol>
          {next.map((chance) => (
            <li key={chance.id}>
              <SaidBar {...chance} />
            </li>
          ))}
        </ol>
        <p>and {count(vocabSize - next.length)} more</p>
      </section>
      <div class="line" aria-hidden="true">
        {streams.map(({ tap, added }, depth) => (
          <i key={tap} class={depth === 0 ? "start" : "join"} style={{ "--width": width(added) }}>
            {depth > 0 && <small>+{round(added)}</small>}
          </i>
        ))}
      </div>
      {streams.map(({ tap }, depth) => (
        <Strip key={tap} depth={depth} />
      ))}
      <p class="norm-note">norm, then the embedding table once more</p>
      <h3 class="lens-title">If the model stopped here it would say</h3>
      <Choices
        label="What the model would say at each depth"
        class="lens-row"
        count={streams.length}
        chosen={cell.kind === "lens" ? cell.depth : undefined}
        choose={(depth) => chooseCell({ kind: "lens", depth, pos })}
        open={() => openPanel("lens")}
        moreOf={depthName}
        item={(depth) => <Said depth={depth} rivals={2} />}
      />
    </div>
  );
  if (!isLong) return across;
  return (
    <div ref={box} class="scrolls" role="region" aria-label="All layers" tabIndex={0}>
      {across}
    </div>
  );
}

/** Stems are as wide as the logarithm of that which is added. */
const width = (added: number) => `${Math.max(1, Math.log2(1 + added) - 2).toFixed(1)}px`;

function Layer({ layer }: { layer: number }) {
  const { heads, keyHeads } = overview.value.model;
  const { cell, layer: chosenLayer } = chosen.value;
  const isChosen = chosenLayer === layer && (cell.kind === "weight" || cell.kind === "unit");
  const open = () => {
    change({ layer, cell: undefined, panel: "attention" });
  };
  return (
    <section class={`layer ${isChosen ? "chosen" : ""}`} aria-label={`Layer ${layer}`}>
      <h3>
        <button type="button" class="plain" onClick={open} title="Open its attention">
          Layer {layer}
        </button>
      </h3>
      <p class="caption">{heads} heads read</p>
      <p class="caption">{overview.value.layers[layer].units.length} GeGLU</p>
      <div>
        <Heads layer={layer} />
        <p class="pair">
          <i class="k">key</i>
          <i class="v">value</i>
        </p>
        <small>{keyHeads === 1 ? `shared by all ${heads}` : `${keyHeads} of each`}</small>
      </div>
      <Units layer={layer} />
    </section>
  );
}
