/**
 * A Gemma of the visitor's own: chosen or dropped, looked at, and opened; the whole page then shows that model.
 * @module
 */
import { useRef, useState } from "preact/hooks";
import { overview } from "../../answers.ts";
import { count } from "../../format.ts";
import { isRecorded } from "../../model.ts";
import { leaveModel, open, opening, wanted } from "../../own-model.ts";
import { PanelTitle } from "../../parts/panel-title.tsx";
import { choice, choose, chooseDropped, chooseFolder } from "./choice.ts";
import { FoundCard } from "./found.tsx";
import { Sizes } from "./sizes.tsx";
import "./style.css";

/** No standard, and in every browser. */
const OF_FOLDER = { webkitdirectory: true };

export default function ModelPanel() {
  const [isOver, setOver] = useState(false);
  const over = (is: boolean) => (event: DragEvent) => {
    event.preventDefault();
    setOver(is);
  };
  const drop = (event: DragEvent) => {
    over(false)(event);
    if (event.dataTransfer && !isRecorded.peek()) chooseDropped(event.dataTransfer);
  };
  return (
    <section
      class="panel model"
      aria-label="Your Gemma"
      onDragOver={over(true)}
      onDragLeave={over(false)}
      onDrop={drop}
    >
      <PanelTitle title="Your Gemma" />
      <p class="lead">
        Open a Gemma 1 of your own, and the whole page shows that model.{" "}
        <b>It stays on your machine</b>: this page reads the files from your disk, and sends
        nothing.
      </p>
      <div class="two">
        <Now />
        <Chooser isOver={isOver} />
      </div>
      <FoundCard />
      {!choice.value && <Sizes />}
    </section>
  );
}

function Now() {
  const { model } = overview.value;
  return (
    <section class="card now-open" aria-label="The model that is open">
      <h3>Open now</h3>
      <p class="name">{model.name}</p>
      <p>
        {model.layers} {model.layers === 1 ? "layer" : "layers"}, {count(model.weights)} weights,{" "}
        {model.backend}
        {model.hasTokenizer ? "" : ", without a tokenizer: the text is ids"}
      </p>
      {open.value === undefined ? (
        <p>It came with this page, 2.5 MB, trained on stories of a few words.</p>
      ) : (
        <button type="button" disabled={opening.value !== undefined} onClick={leaveModel}>
          Back to the page’s own model
        </button>
      )}
    </section>
  );
}

function Chooser({ isOver }: { isOver: boolean }) {
  const files = useRef<HTMLInputElement>(null);
  const folder = useRef<HTMLInputElement>(null);
  const taken = (input: HTMLInputElement) => {
    const list = [...(input.files ?? [])];
    input.value = ""; // the same may be chosen again
    return list;
  };
  const isEarly = isRecorded.value;
  return (
    <section class={isOver ? "card chooser over" : "card chooser"} aria-label="Choose a model">
      <h3>
        {wanted.value === undefined
          ? "Drop files here, or choose them"
          : `This link is of “${wanted.value}”: drop its files here, or choose them`}
      </h3>
      <div class="buttons">
        <button type="button" disabled={isEarly} onClick={() => files.current?.click()}>
          Choose files
        </button>
        <button type="button" disabled={isEarly} onClick={() => folder.current?.click()}>
          Choose a folder
        </button>
        <input
          ref={files}
          type="file"
          multiple
          hidden
          aria-label="Files of a model"
          onChange={({ currentTarget }) => choose(taken(currentTarget), undefined)}
        />
        <input
          ref={folder}
          type="file"
          {...OF_FOLDER}
          hidden
          aria-label="Folder of a model"
          onChange={({ currentTarget }) => chooseFolder(taken(currentTarget))}
        />
      </div>
      <ul>
        <li>
          a <b>.gguf</b> file, or
        </li>
        <li>
          a <b>folder from Hugging Face</b>: config.json, model.safetensors (all parts and their
          index), and tokenizer.model or tokenizer.json, or
        </li>
        <li>a checkpoint of torch or of NumPy.</li>
      </ul>
    </section>
  );
}
