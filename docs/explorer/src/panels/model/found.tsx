/**
 * What was found in the chosen files, what is missing, and what it takes to open them.
 * @module
 */
import type { ComponentChildren } from "preact";
import { bytes, count } from "../../format.ts";
import { failure, isOpen, opening, openModel, stopOpening } from "../../own-model.ts";
import { openPanel } from "../../state.ts";
import { type Choice, choice, forget, found, isLooking, refused } from "./choice.ts";
import { bytesOf } from "./plan.ts";
import type { Found, Shape } from "./question.ts";

export function FoundCard() {
  const chosen = choice.value;
  if (!chosen) return null;
  return (
    <section class="card found" aria-label="What was found" aria-live="polite">
      <div class="card-title">
        <h3>{chosen.name}</h3>
        <button type="button" class="link" onClick={forget}>
          forget these files
        </button>
      </div>
      <ul class="files">
        {[...chosen.files].map(([name, { size }]) => (
          <li key={name}>
            <span class="file">{name}</span> <span>{bytes(size)}</span>
          </li>
        ))}
      </ul>
      {isLooking.value && <p>Reading the headers.</p>}
      {refused.value !== undefined && (
        <p class="refused" role="alert">
          <b>These files cannot be opened.</b> {refused.value}.
          <span> Files that you choose now come to these.</span>
        </p>
      )}
      {found.value && <Findings chosen={chosen} {...found.value} />}
    </section>
  );
}

function Findings({ chosen, ...found }: Found & { chosen: Choice }) {
  const { shape, weightBytes, dtypes, pieces, chat, warnings, plan } = found;
  const { backend, precision } = plan;
  const isFloat64 = precision === "float64";
  return (
    <>
      <dl>
        <Fact term="Model">{shapeText(shape)}</Fact>
        <Fact term="Weights">
          {count(shape.weights)}, {bytes(weightBytes)} in {dtypes.join(" and ")}
        </Fact>
        <Fact term="Tokenizer" isMissing={pieces === undefined}>
          {pieces === undefined
            ? "missing. Texts cannot be cut into tokens: you write ids instead, such as 3 5 8. Tokenizer, Write and chat need one; all else works. With tokenizer.model or tokenizer.json beside the weights, texts do."
            : `${count(pieces)} pieces${chat === undefined ? "; not made to be asked in turns" : `; asked in turns of ${chat}`}`}
        </Fact>
        <Fact term="Computes">
          {isFloat64
            ? "on the CPU in float64, as the page’s own model: every number can be checked to the last bit"
            : "in float32, on the GPU if it has room, else in WebAssembly. In float64 it would be too slow and too large: numbers are checked but for rounding"}
          {backend === "auto" && ". Texts of at most 64 tokens"}
        </Fact>
        <Fact term="Memory">
          about <b>{bytes(bytesOf(plan))}</b>: weights as they are stored{" "}
          {bytes(plan.bytes.weights)}, the table in {precision} {bytes(plan.bytes.table)}, a text of
          32 tokens {bytes(plan.bytes.runs)}
        </Fact>
        {warnings.map((warning) => (
          <Fact key={warning} term="Note">
            {warning}
          </Fact>
        ))}
      </dl>
      {plan.obstacle !== undefined && <p class="refused">Probably too large: {plan.obstacle}.</p>}
      {failure.value !== undefined && (
        <p class="refused" role="alert">
          <b>It could not be opened.</b> {failure.value}. The model before is still there.
        </p>
      )}
      <Opening {...chosen} />
    </>
  );
}

function Opening({ name, files }: Choice) {
  const now = opening.value;
  if (!now && isOpen(name, files)) {
    return (
      <p>
        <b>It is open.</b> The whole page shows it now.{" "}
        <button type="button" onClick={() => openPanel(undefined)}>
          To its stream
        </button>
      </p>
    );
  }
  if (!now) {
    return (
      <button type="button" class="main" onClick={() => openModel(name, files)}>
        Open it
      </button>
    );
  }
  return (
    <div class="opening">
      <progress max={now.total || 1} value={now.loaded} aria-label="Weights that have been read" />
      <span>
        {bytes(now.loaded)} of {bytes(now.total)}
      </span>
      <button type="button" onClick={stopOpening}>
        Stop
      </button>
    </div>
  );
}

function Fact(props: { term: string; isMissing?: boolean; children: ComponentChildren }) {
  return (
    <div>
      <dt>
        <i aria-hidden="true">{props.isMissing ? "–" : "✓"}</i> {props.term}
      </dt>
      <dd>{props.children}</dd>
    </div>
  );
}

export function shapeText(shape: Shape): string {
  const { layers, width, heads, keyHeads, headDim, units, vocabSize, contextLength } = shape;
  const pairs = keyHeads === 1 ? "1 key and value" : `${keyHeads} keys and values`;
  return `${layers} ${layers === 1 ? "layer" : "layers"}, width ${count(width)}, ${heads} heads of ${headDim} over ${pairs}, ${count(units)} units, ${count(vocabSize)} tokens, context ${count(contextLength)}`;
}
