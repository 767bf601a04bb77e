/**
 * Which models fit into a page, and how they are computed there.
 * @module
 */
import { GEMMA_2B, GEMMA_7B, type GemmaConfig } from "../../../../../src/config.ts";
import { bytes, count } from "../../format.ts";
import { bytesOf, planOf, shapeOf } from "./plan.ts";

/** Bits of a weight: Q4_0 has a float16 of scale for every 32 numbers of 4 bits. */
const STORED: readonly (readonly [string, GemmaConfig, string, number])[] = [
  ["Gemma 2B", GEMMA_2B, "bfloat16", 16],
  ["Gemma 2B", GEMMA_2B, "Q4_0 (GGUF)", 4.5],
  ["Gemma 7B", GEMMA_7B, "Q4_0 (GGUF)", 4.5],
];
/** Longest array of today's browsers. */
const LONGEST = 2 ** 31;

export function Sizes() {
  return (
    <section class="card sizes" aria-label="What fits">
      <h3>What fits into a page</h3>
      <div class="scrolls" role="region" aria-label="Models and their memory" tabIndex={0}>
        <table>
          <thead>
            <tr>
              <th scope="col">model</th>
              <th scope="col">stored in</th>
              <th scope="col" class="number">
                weights
              </th>
              <th scope="col" class="number">
                memory
              </th>
              <th scope="col">here</th>
            </tr>
          </thead>
          <tbody>
            <tr>
              <th scope="row">up to</th>
              <td>any</td>
              <td class="number">{count(50e6)}</td>
              <td class="number">≤ 1 GB</td>
              <td>float64, every number to the last bit</td>
            </tr>
            {STORED.map(([name, config, dtype, bits]) => {
              const shape = shapeOf(config);
              const plan = planOf(shape, (shape.weights * bits) / 8);
              const isTooLong = plan.bytes.table > LONGEST;
              return (
                <tr key={name + dtype}>
                  <th scope="row">{name}</th>
                  <td>{dtype}</td>
                  <td class="number">{count(shape.weights)}</td>
                  <td class="number">{bytes(bytesOf(plan))}</td>
                  <td>
                    {isTooLong
                      ? `no: its table takes an array of ${bytes(plan.bytes.table)}`
                      : "float32, slowly: seconds a text"}
                  </td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
    </section>
  );
}
