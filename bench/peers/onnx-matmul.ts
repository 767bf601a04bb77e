/**
 * A model for ONNX Runtime with one node, y = MatMul(x, w), as its file: protobuf, written by hand (onnx.proto of
 * github.com/onnx/onnx has the numbers of the fields).
 */

const FLOAT = 1; // TensorProto.DataType

function varint(value: number): number[] {
  const bytes = [];
  let rest = value;
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128);
  return [...bytes, rest];
}

const number = (field: number, value: number) => [...varint(field << 3), ...varint(value)];
const header = (field: number, length: number) => [...varint((field << 3) | 2), ...varint(length)];
const message = (field: number, content: readonly number[]) => [
  ...header(field, content.length),
  ...content,
];
const text = (field: number, value: string) => message(field, [...Buffer.from(value)]);

/** A ValueInfoProto: an input or an output, and its shape. */
function value(field: number, name: string, shape: readonly number[]): number[] {
  const dims = shape.flatMap((size) => message(1, number(1, size)));
  const tensor = message(1, [...number(1, FLOAT), ...message(2, dims)]);
  return message(field, [...text(1, name), ...message(2, tensor)]);
}

/** The file, for x [rows, inner] and a constant w [inner, columns]. */
export function onnxMatmul(rows: number, w: Float32Array, inner: number): Uint8Array {
  const columns = w.length / inner;
  const node = [...text(1, "x"), ...text(1, "w"), ...text(2, "y"), ...text(4, "MatMul")];
  const raw = new Uint8Array(w.buffer, w.byteOffset, w.byteLength);
  const tensor = [...number(1, inner), ...number(1, columns), ...number(2, FLOAT), ...text(8, "w")];
  const rawHeader = header(9, raw.length);
  const before = [...message(1, node), ...text(2, "matmul")];
  const initializer = header(5, tensor.length + rawHeader.length + raw.length);
  const after = [...value(11, "x", [rows, inner]), ...value(12, "y", [rows, columns])];
  const parts = [before, initializer, tensor, rawHeader];
  const length = parts.reduce((sum, part) => sum + part.length, 0) + raw.length + after.length;
  const model = [...number(1, 8), ...message(8, number(2, 13))]; // IR version 8, operator set 13
  const head = [...model, ...header(7, length), ...parts.flat()];
  return Buffer.concat([Uint8Array.from(head), raw, Uint8Array.from(after)]);
}
