/** Documents of an audit: from rows, from arrays, and how many are the same. */
import { describe, expect, it } from "vitest";
import { assertDocuments } from "../../../src/audit/documents/audit-document.ts";
import { documentsFrom } from "../../../src/audit/documents/documents-from.ts";
import { auditDuplicates } from "../../../src/audit/documents/duplicates.ts";
import {
  arraysFromDocuments,
  documentsFromArrays,
} from "../../../src/audit/documents/extraction-benchmark.ts";
import { readNpy, writeNpy } from "../../../src/checkpoint/numpy/npy.ts";
import { bytesSource } from "../../../src/source/byte-source.ts";
import { openRows } from "../../../src/training/data/rows/row-file.ts";
import { plantedDocuments } from "../../support/audit.ts";

const rowsOf = (...lines: object[]) => {
  const text = lines.map((line) => JSON.stringify(line)).join("\n");
  return openRows(bytesSource(new TextEncoder().encode(text), "corpus.jsonl"), { kind: "text" });
};

describe("documentsFrom", () => {
  it("takes what an audit needs, and leaves the rest alone", async () => {
    const rows = rowsOf(
      { text: "One.", url: "https://example.org" },
      { text: "Two.", id: 7, source: "web", repeats: 3 },
      { text: "Three.", id: "three" },
    );
    expect(await documentsFrom(rows)).toEqual([
      { id: "1", text: "One." },
      { id: "7", text: "Two.", source: "web", repeats: 3 },
      { id: "three", text: "Three." },
    ]);
  });

  it.each([
    [{ text: "a", repeats: -1 }, '"repeats" expected an integer from 0, got -1'],
    [{ text: "a", repeats: "3" }, '"repeats"'],
    [{ text: "a", source: 3 }, '"source" expected a text'],
    [{ text: "a", id: null }, '"id" expected a text or a number'],
  ])("refuses %j, with its line", async (row, message) => {
    const found = documentsFrom(rowsOf({ text: "fine" }, row));
    await expect(found).rejects.toThrow(message);
    await expect(documentsFrom(rowsOf({ text: "fine" }, row))).rejects.toThrow("line 2");
  });
});

describe("documentsFromArrays", () => {
  it("reads what lm-extraction-benchmark writes", () => {
    // numpy.save(file, numpy.array([[5, 6], [7, 8]], "<u2")), and of [[9, 10, 11], [12, 13, 14]], "<i8".
    const prefix = readNpy(npy("<u2", [2, 2], Uint16Array.of(5, 6, 7, 8)));
    const suffix = readNpy(npy("<i8", [2, 3], BigInt64Array.of(9n, 10n, 11n, 12n, 13n, 14n)));
    expect(documentsFromArrays(prefix, suffix, { name: "pile " })[1].id).toBe("pile 1");
    expect(documentsFromArrays(prefix, suffix, { source: "pile" })).toEqual([
      { id: "row 0", ids: [5, 6, 9, 10, 11], source: "pile" },
      { id: "row 1", ids: [7, 8, 12, 13, 14], source: "pile" },
    ]);
  });

  it("are written as they are read", () => {
    const documents = [
      { id: "row 0", ids: [5, 6, 255_999, 8, 9] },
      { id: "row 1", ids: [10, 11, 12, 13, 14, 15] },
    ];
    const { prefix, suffix } = arraysFromDocuments(documents, 2, 3);
    const back = documentsFromArrays(readNpy(writeNpy(prefix)), readNpy(writeNpy(suffix)));
    expect(back).toEqual([documents[0], { id: "row 1", ids: [10, 11, 12, 13, 14] }]);
    expect(() => arraysFromDocuments(documents, 3, 3)).toThrow(
      '"documents[0].ids" expected 3 and 3 ids at least ("row 0"), got 5',
    );
  });

  it("refuses arrays that do not belong together", () => {
    const ids = { shape: [2, 2], data: [5, 6, 7, 8] };
    expect(() => documentsFromArrays(ids, { shape: [1, 2], data: [5, 6] })).toThrow(
      '"suffix" expected 2 rows, as prefix has, got 1',
    );
    expect(() => documentsFromArrays({ shape: [4], data: [5, 6, 7, 8] }, ids)).toThrow(
      '"prefix" expected [n, k], a row of ids for each document, got [4]',
    );
    expect(() => documentsFromArrays(ids, { shape: [2, 2], data: [5, 6, 7] })).toThrow(
      '"suffix.data" expected 4 ids, as [2, 2] says, got 3',
    );
    expect(() => documentsFromArrays(ids, { shape: [2, 1], data: [5, 0.5] })).toThrow(
      '"suffix.data[1]" expected a token id, got 0.5',
    );
  });
});

function npy(descr: string, shape: readonly number[], data: ArrayBufferView): Uint8Array {
  const header = `{'descr': '${descr}', 'fortran_order': False, 'shape': (${shape.join(", ")}), }`;
  const padded = `${header.padEnd(117)}\n`;
  const start = [0x93, ...new TextEncoder().encode("NUMPY"), 1, 0, padded.length, 0];
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return Uint8Array.of(...start, ...new TextEncoder().encode(padded), ...bytes);
}

describe("counting duplicates", () => {
  it("counts copies, near copies, and a control that shares text", async () => {
    const some = plantedDocuments()
      .filter(({ source }) => source === "web")
      .slice(0, 4);
    const [a, b, c, d] = some.map(({ text }) => text);
    const near = c.replace("sells", "buys");
    const documents = [a, b, `${a.toUpperCase()} `, c, near].map((text, i) => ({
      id: `${i}`,
      text,
    }));
    const control = [
      { id: "free", text: d },
      { id: "shared", text: `Once upon a time. ${b.split(" ").slice(3, 18).join(" ")}` },
    ];
    expect(await auditDuplicates(documents, control)).toEqual({
      exact: 1,
      near: 1,
      groups: [
        ["0", "2"],
        ["3", "4"],
      ],
      sharedControl: ["shared"],
    });
    expect(await auditDuplicates(documents.slice(0, 2))).toEqual({
      exact: 0,
      near: 0,
      groups: [],
      sharedControl: [],
    });
  });

  it("stops when it is told to", async () => {
    const found = auditDuplicates([{ id: "a", text: "a" }], [], {
      signal: AbortSignal.abort("enough"),
    });
    await expect(found).rejects.toBe("enough");
  });
});

describe("documents are refused", () => {
  it.each([
    [[{ text: "a" }], '"documents[0].id" expected a text, its name in the report'],
    [
      [
        { id: "a", text: "b" },
        { id: "a", text: "c" },
      ],
      '"documents[1].id" expected each id once',
    ],
    [[{ id: "a" }], '"documents[0].text" expected a text'],
    [[{ id: "a", text: "b", repeats: 0.5 }], '"documents[0].repeats" expected an integer from 0'],
    [[{ id: "a", text: "b", source: 1 }], '"documents[0].source" expected a text'],
    [[{ id: "a", ids: [5, 999] }], '"documents[0].ids[1]" expected an integer from 0 to 99'],
    ["text", '"documents" expected a list of documents'],
  ] as const)("%j", (documents, message) => {
    expect(() => assertDocuments("Audit", "documents", documents as never, 100)).toThrow(message);
  });
});
