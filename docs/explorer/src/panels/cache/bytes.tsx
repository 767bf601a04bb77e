/**
 * Bytes that a cache takes: of this model and of Google's, with one pair of key and value for all heads or one for each.
 * @module
 */
import { GEMMA_2B, GEMMA_7B, type GemmaConfig } from "../../../../../src/config.ts";
import { count, megabytes } from "../../format.ts";
import { SliderField } from "../../parts/slider-field.tsx";
import { change, length } from "../../state.ts";
import { cacheBytes } from "./shapes.ts";

/** Bytes of a number. */
const FLOAT32 = 4;
const BFLOAT16 = 2;
const DEFAULT_LENGTH = 512;
const { maxPositionEmbeddings: LONGEST } = GEMMA_7B;

export function Bytes({ config }: { config: GemmaConfig }) {
  const tokens = Math.min(length.value ?? DEFAULT_LENGTH, LONGEST);
  const { numAttentionHeads: heads, numKeyValueHeads: K, headDim: H, numHiddenLayers: L } = config;
  const groups = [
    [
      { name: "this model", config },
      { name: `with ${heads} pairs`, config: { ...config, numKeyValueHeads: heads } },
    ],
    [
      { name: "Gemma 2B", config: GEMMA_2B },
      { name: "Gemma 7B", config: GEMMA_7B },
    ],
  ];
  return (
    <section class="card bytes" aria-label="Bytes of the cache">
      <h3>
        {count(cacheBytes(config, 1, FLOAT32))} B a token: {K === 1 ? "one pair" : `${K} pairs`} for{" "}
        {heads} heads
      </h3>
      <math display="block">
        <mrow>
          <mn>2</mn>
          <mo>·</mo>
          <mi>K</mi>
          <mo>·</mo>
          <mi>H</mi>
          <mo>·</mo>
          <mi>bytes</mi>
          <mo>·</mo>
          <mi>layers</mi>
          <mo>=</mo>
          {[2, K, H, FLOAT32, L].map((factor, i) => (
            <>
              {i > 0 && <mo>·</mo>}
              <mn>{factor}</mn>
            </>
          ))}
        </mrow>
      </math>
      <SliderField
        label="Length"
        note="of the text, in tokens"
        value={tokens}
        {...{ from: 1, to: LONGEST, step: 1 }}
        set={(to) => change({ length: to === DEFAULT_LENGTH ? undefined : to })}
      />
      <div class="scrolls" role="region" aria-label="Bytes as a table" tabIndex={0}>
        <table>
          <thead>
            <tr>
              <td />
              <th scope="col" class="number">
                pairs × layers
              </th>
              <th scope="col" class="number">
                a token
              </th>
              <th scope="col" class="number">
                float32
              </th>
              <th scope="col" class="number">
                bfloat16
              </th>
            </tr>
          </thead>
          {groups.map((group) => (
            <Group key={group[0].name} group={group} tokens={tokens} />
          ))}
        </table>
      </div>
      <p class="muted">
        Bars compare two neighbours, in float32. One pair for all heads is multi-query attention
        (MQA), as in the 2B; a pair for each is multi-head (MHA), as in the 7B.
      </p>
    </section>
  );
}

function Group(props: { group: readonly { name: string; config: GemmaConfig }[]; tokens: number }) {
  const { group, tokens } = props;
  const most = Math.max(...group.map(({ config }) => cacheBytes(config, tokens, FLOAT32)));
  return (
    <tbody>
      {group.map(({ name, config }) => {
        const bytes = cacheBytes(config, tokens, FLOAT32);
        return (
          <>
            <tr key={name}>
              <th scope="row">{name}</th>
              <td class="number">
                {config.numKeyValueHeads} × {config.numHiddenLayers}
              </td>
              <td class="number">{bytesText(cacheBytes(config, 1, FLOAT32))}</td>
              <td class="number" title={bytesText(bytes)}>
                <b>{shortBytes(bytes)}</b>
              </td>
              <td class="number">{shortBytes(cacheBytes(config, tokens, BFLOAT16))}</td>
            </tr>
            <tr key={`${name}, bar`} class="bar-row" aria-hidden="true">
              <td colSpan={5}>
                <i class="track">
                  <i style={{ width: `${(100 * bytes) / most}%` }} />
                </i>
              </td>
            </tr>
          </>
        );
      })}
    </tbody>
  );
}

const bytesText = (bytes: number) => `${count(bytes)}\u202fB`;
const shortBytes = (bytes: number) => (bytes < 1e6 ? bytesText(bytes) : megabytes(bytes));
