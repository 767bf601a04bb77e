/**
 * ndarray's views without its compiler: the same members, the same results, and no text that becomes code. make-view.ts
 * tells where they stand in for ndarray's.
 * @module
 */
import type ndarray from "ndarray";

/** Storage of a tensor of activations: tensor.ts names it. */
export type Floats = Float32Array | Float64Array;

/**
 * An index of each axis. {@link View.pick} keeps an axis where it is `null`, other methods leave one alone where it is
 * `undefined`, as ndarray's do.
 */
type Indices = readonly (number | null | undefined)[];

/** Element [i, j, …] is `data[offset + i * stride[0] + j * stride[1] + …]`. Views of more than four axes are of this class. */
class View {
  data: Floats;
  shape: number[];
  stride: number[];
  offset: number;

  constructor(data: Floats, shape: number[], stride: number[], offset: number) {
    this.data = data;
    this.shape = shape;
    this.stride = stride;
    this.offset = offset | 0;
  }

  get dtype(): "float32" | "float64" {
    return this.data[Symbol.toStringTag] === "Float32Array" ? "float32" : "float64";
  }

  get dimension(): number {
    return this.shape.length;
  }

  get size(): number {
    return this.shape.reduce((product, axis) => product * axis, 1);
  }

  /** The axes, that of the smallest stride first. Which is first of two that are equal is not said. */
  get order(): number[] {
    const reach = this.stride.map(Math.abs);
    return [...reach.keys()].sort((a, b) => reach[a] - reach[b]);
  }

  index(...i: number[]): number {
    return this.stride.reduce((at, stride, axis) => at + stride * i[axis], this.offset);
  }

  get(...i: number[]): number {
    return this.data[this.index(...i)];
  }

  set(...iAndValue: number[]): number {
    const value = iAndValue[this.shape.length];
    this.data[this.index(...iAndValue)] = value;
    return value;
  }

  /** The first `to[axis]` of each axis. */
  hi(...to: Indices): View {
    const shape = this.shape.map((n, axis) => {
      const i = to[axis];
      return typeof i !== "number" || i < 0 ? n : i | 0;
    });
    return viewOf(this.data, shape, [...this.stride], this.offset);
  }

  /** All but the first `from[axis]` of each axis. */
  lo(...from: Indices): View {
    let { offset } = this;
    const shape = this.shape.map((n, axis) => {
      const i = from[axis];
      if (!isFrom0(i)) return n;
      offset += this.stride[axis] * (i | 0);
      return n - (i | 0);
    });
    return viewOf(this.data, shape, [...this.stride], offset);
  }

  /** Each `by[axis]`th, and backwards from the last where that is negative. */
  step(...by: Indices): View {
    let { offset } = this;
    const shape = [...this.shape];
    const stride = this.stride.map((s, axis) => {
      const i = by[axis];
      if (typeof i !== "number") return s;
      const d = i | 0;
      if (d < 0) offset += s * (shape[axis] - 1);
      shape[axis] = Math.ceil(d < 0 ? -shape[axis] / d : shape[axis] / d);
      return s * d;
    });
    return viewOf(this.data, shape, stride, offset);
  }

  /** Axis `axis` is what axis `axes[axis]` was. */
  transpose(...axes: Indices): View {
    const from = this.shape.map((_, axis) =>
      axes[axis] === undefined ? axis : Number(axes[axis]) | 0,
    );
    const of = (numbers: readonly number[]) => from.map((axis) => numbers[axis]);
    return viewOf(this.data, of(this.shape), of(this.stride), this.offset);
  }

  /** Without the axes that have an index. */
  pick(...at: Indices): View {
    const { shape, stride } = this;
    const [keptShape, keptStride]: [number[], number[]] = [[], []];
    let { offset } = this;
    for (let axis = 0; axis < shape.length; axis++) {
      const i = at[axis];
      if (isFrom0(i)) offset = (offset + stride[axis] * i) | 0;
      else {
        keptShape.push(shape[axis]);
        keptStride.push(stride[axis]);
      }
    }
    return viewOf(this.data, keptShape, keptStride, offset);
  }
}

const isFrom0 = (i: number | null | undefined): i is number => typeof i === "number" && i >= 0;

/** A number on its own. To pick from it leaves nothing. */
class View0 extends View {
  override valueOf(): number {
    return this.get();
  }

  override pick(): View {
    return new Nothing(this.data);
  }
}

/** What is picked from a number: no element, and no axis of it either. */
class Nothing extends View {
  constructor(data: Floats) {
    super(data, [], [], 0);
  }

  override get dimension(): number {
    return -1;
  }

  override get size(): number {
    return 0;
  }

  override index(): number {
    return -1;
  }

  override set(): number {
    return undefined as unknown as number;
  }

  override hi(): View {
    return new Nothing(this.data);
  }

  override lo(): View {
    return this.hi();
  }

  override step(): View {
    return this.hi();
  }

  override transpose(): View {
    return this.hi();
  }

  override pick(): View {
    return null as unknown as View;
  }
}

// Few axes have methods of their own: a call with a list of arguments takes several times as long.

class View1 extends View {
  override index(i: number): number {
    return this.offset + this.stride[0] * i;
  }
  override get(i: number): number {
    return this.data[this.offset + this.stride[0] * i];
  }
  override set(i: number, value: number): number {
    this.data[this.offset + this.stride[0] * i] = value;
    return value;
  }
}

class View2 extends View {
  override index(i: number, j: number): number {
    return this.offset + this.stride[0] * i + this.stride[1] * j;
  }
  override get(i: number, j: number): number {
    return this.data[this.offset + this.stride[0] * i + this.stride[1] * j];
  }
  override set(i: number, j: number, value: number): number {
    this.data[this.offset + this.stride[0] * i + this.stride[1] * j] = value;
    return value;
  }
}

class View3 extends View {
  override index(i: number, j: number, k: number): number {
    const { offset, stride } = this;
    return offset + stride[0] * i + stride[1] * j + stride[2] * k;
  }
  override get(i: number, j: number, k: number): number {
    return this.data[this.index(i, j, k)];
  }
  override set(i: number, j: number, k: number, value: number): number {
    this.data[this.index(i, j, k)] = value;
    return value;
  }
}

class View4 extends View {
  override index(i: number, j: number, k: number, l: number): number {
    const { offset, stride } = this;
    return offset + stride[0] * i + stride[1] * j + stride[2] * k + stride[3] * l;
  }
  override get(i: number, j: number, k: number, l: number): number {
    return this.data[this.index(i, j, k, l)];
  }
  override set(i: number, j: number, k: number, l: number, value: number): number {
    this.data[this.index(i, j, k, l)] = value;
    return value;
  }
}

const VIEWS = [View0, View1, View2, View3, View4];

function viewOf(data: Floats, shape: number[], stride: number[], offset: number): View {
  return new (VIEWS[shape.length] ?? View)(data, shape, stride, offset);
}

/** A view of this file: what `ndarray(data, shape, stride, offset)` is, without a compiler. */
export function plainView(
  data: Floats,
  shape: readonly number[],
  stride: readonly number[],
  offset: number,
): ndarray.NdArray<Floats> {
  // The types promise a `T`, which ndarray does not have either.
  return viewOf(data, [...shape], [...stride], offset) as unknown as ndarray.NdArray<Floats>;
}
