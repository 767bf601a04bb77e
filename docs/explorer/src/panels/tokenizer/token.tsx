/**
 * The chosen token: how it came about, its row of the table, and the rows that are most like it.
 * @module
 */
import { chosen, overview } from "../../answers.ts";
import { valueColour } from "../../colour.ts";
import { activation, count, pieceText } from "../../format.ts";
import { Matrix } from "../../parts/matrix.tsx";
import { Piece } from "../../parts/piece.tsx";
import { change, isDark } from "../../state.ts";
import { nameOf } from "./character-names.ts";
import type { Block, Tokenizer } from "./question.ts";
import { nodeText } from "./steps.ts";

/** A row of 128 numbers as four lines. */
const COLUMNS = 32;
/** Rows of words are never as near as this. */
const ALIKE = 0.99;
/** How many times the root mean square has full colour, as in the stream. */
const LIMIT = 3;

export function TokenCards({ shown }: { shown: Tokenizer }) {
  const { blocks, pos, token } = shown;
  const block = blocks.find(({ first, tokens }) => pos >= first && pos < first + tokens.length);
  return (
    <div class="token-cards">
      <section class="card" aria-label="How it came about">
        <h3>
          How “
          <Piece piece={token.piece} />” came about
        </h3>
        <Origin block={block} token={token} />
      </section>
      <Row shown={shown} />
      <section class="card near" aria-label="Tokens most like it">
        <h3>Rows most like it</h3>
        <ol class="chance-bars">
          {shown.near.map(({ id, piece, cosine }) => (
            <li key={id}>
              <div>
                <Piece piece={piece} />
                <i class="track" aria-hidden="true">
                  <i style={{ width: `${100 * Math.max(0, cosine)}%` }} />
                </i>
                <b>{activation(cosine)}</b>
              </div>
            </li>
          ))}
        </ol>
        <p>
          The cosine of the angle between two rows: 1 is the same direction, 0 is nothing in common.
          {shown.near[0]?.cosine > ALIKE && " Rows that training hardly touched are all alike."}
        </p>
      </section>
    </div>
  );
}

function Origin({ block, token }: { block: Block | undefined; token: Tokenizer["token"] }) {
  if (!block) return <p>It is put before every text, and never cut out of one.</p>;
  const { joints, leaves, kind, tokens } = block;
  if (kind === "bytes") {
    const [leaf] = leaves;
    const name = nameOf(leaf);
    return (
      <p>
        “{pieceText(leaf)}”{name && `, ${name},`} is no piece of the vocabulary. So it is spelled in
        the {tokens.length} {tokens.length === 1 ? "byte" : "bytes"} of its UTF-8, and each is a
        token: <b>{tokens.map(({ piece }) => pieceText(piece)).join(" ")}</b>.
      </p>
    );
  }
  if (kind === "whole") {
    return (
      <p>It is defined as a token: found in the text before anything merges, it stays whole.</p>
    );
  }
  if (joints.length === 0) {
    return <p>It is a piece as it stands, and with neither neighbour does it make one.</p>;
  }
  return (
    <div class="scrolls" role="region" aria-label="Its merges" tabIndex={0}>
      <table>
        <thead>
          <tr>
            <th scope="col" class="number">
              merge
            </th>
            <th scope="col">of</th>
            <th scope="col">piece</th>
            <th scope="col" class="number">
              rank
            </th>
            <th scope="col" class="number">
              score
            </th>
          </tr>
        </thead>
        <tbody>
          {joints.map(({ number, left, right, piece, rank, score }) => (
            <tr key={number}>
              <td class="number">
                <button type="button" class="link" onClick={() => change({ step: number })}>
                  {count(number)}
                </button>
              </td>
              <td>
                <Piece piece={nodeText(block, left)} /> + <Piece piece={nodeText(block, right)} />
              </td>
              <th scope="row">
                <Piece piece={piece} />
              </th>
              <td class="number">{rank}</td>
              <td class="number">{String(score).replace("-", "−")}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <p class="unseen">These are the merges of token {token.id}.</p>
    </div>
  );
}

function Row({ shown: { row, token, prompt, pos } }: { shown: Tokenizer }) {
  const { cell } = chosen.value;
  const { model, ...now } = overview.value;
  const dark = isDark.value;
  const square = row.reduce((sum, x) => sum + x * x, 0);
  const limit = LIMIT * Math.sqrt(square / row.length);
  const isCurrent = now.prompt === prompt && now.pos === pos;
  const dim = isCurrent && cell.kind === "stream" && cell.depth === 0 ? cell.dim : undefined;
  const columns = Math.min(COLUMNS, row.length);
  return (
    <section class="card" aria-label="Its row of the table">
      <h3>
        Row {count(token.id)} of {count(model.vocabSize)}
      </h3>
      <Matrix
        label={`Row ${token.id} of the embedding table`}
        rows={Math.ceil(row.length / columns)}
        columns={columns}
        count={row.length}
        numbers={row}
        colourOf={(r, c) => valueColour(row[r * columns + c], limit, dark)}
        nameOf={(r, c) => `dimension ${r * columns + c}, ${activation(row[r * columns + c] ?? 0)}`}
        chosen={dim === undefined ? undefined : [Math.floor(dim / columns), dim % columns]}
        targetOf={(r, c) => ({ cell: { kind: "stream", depth: 0, dim: r * columns + c } })}
      />
      <p>
        To the model a token is its id, and the id picks this row of {row.length} learned numbers.
        Times √{row.length} it is the stream’s beginning.
      </p>
      <p class="key">
        <i class="swatch below" aria-hidden="true" /> below zero{" "}
        <i class="swatch above" aria-hidden="true" /> above, colour ± {activation(limit)}
      </p>
    </section>
  );
}
