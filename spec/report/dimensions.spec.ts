/** Tables 1 and 2, and the training: they agree with each other and with the library's own configs. */
import { describe, expect, it } from "vitest";
import { countParameters, GEMMA_2B, GEMMA_7B, type GemmaConfig } from "../../src/config.ts";
import { CONTEXT_LENGTH, DIMENSIONS, PARAMETERS } from "../../src/report/dimensions.ts";
import { CHIPS_PER_POD, TRAINING } from "../../src/report/training.ts";

const CONFIGS: Readonly<Record<string, GemmaConfig>> = { "2B": GEMMA_2B, "7B": GEMMA_7B };

describe.each(DIMENSIONS.rows)("Table 1, $model", (row) => {
  const config = CONFIGS[row.model];

  it("is the config, but for two figures that are counted otherwise", () => {
    expect({
      hiddenSize: row.dModel,
      numHiddenLayers: row.layers,
      intermediateSize: row.feedforwardHiddenDims / 2,
      numAttentionHeads: row.numHeads,
      numKeyValueHeads: row.numKvHeads,
      headDim: row.headSize,
      maxPositionEmbeddings: CONTEXT_LENGTH,
      vocabSize: row.vocabSize - 128,
    }).toEqual({
      hiddenSize: config.hiddenSize,
      numHiddenLayers: config.numHiddenLayers,
      intermediateSize: config.intermediateSize,
      numAttentionHeads: config.numAttentionHeads,
      numKeyValueHeads: config.numKeyValueHeads,
      headDim: config.headDim,
      maxPositionEmbeddings: config.maxPositionEmbeddings,
      vocabSize: config.vocabSize,
    });
  });

  it("gives Table 2 to the digit, and with the width as it is printed it does not", () => {
    const printed = PARAMETERS.rows.find(({ model }) => model === row.model);
    const { embedding, nonEmbedding } = countParameters({ ...config, vocabSize: row.vocabSize });
    expect({ model: row.model, embedding, nonEmbedding }).toEqual(printed);
    const wide = countParameters({ ...config, intermediateSize: row.feedforwardHiddenDims });
    expect(wide.nonEmbedding).toBeGreaterThan(1.7 * nonEmbedding);
  });
});

describe("training", () => {
  it.each(TRAINING)(
    "$model has as many chips as its pods, and a copy on each share of them",
    (row) => {
      expect(row.chips).toBe(row.pods * CHIPS_PER_POD);
      expect(row.modelSharding * row.dataReplicas).toBe(CHIPS_PER_POD);
    },
  );

  it("differs between the versions in the 2B's tokens alone", () => {
    const changed = TRAINING.filter(({ tokens }) => tokens.R1 !== tokens.R4);
    expect(changed.map(({ model }) => model)).toEqual(["2B"]);
  });
});
