/** Operators that move elements and compute shapes. */
import { unsupported } from "imgc/errors.js";

const size = (shape) => shape.reduce((product, length) => product * length, 1);

function reshape([x, wanted]) {
  const shape = Array.from(wanted.data);
  const free = shape.indexOf(-1);
  if (free >= 0) shape[free] = x.data.length / -size(shape);
  return { shape, data: x.data };
}

function pack(tensors) {
  return { shape: [tensors.length], data: Int32Array.from(tensors, (tensor) => tensor.data[0]) };
}

/** A tensor of `shape`, with x at the index that `from` gives for each element, or 0. */
function gathered(x, shape, from) {
  const data = new x.data.constructor(size(shape));
  const strides = x.shape.map((_, axis) => size(x.shape.slice(axis + 1)));
  const indices = shape.map(() => 0);
  for (let position = 0; position < data.length; position++) {
    const source = from(indices);
    if (source.every((index, axis) => index >= 0 && index < x.shape[axis])) {
      data[position] = x.data[source.reduce((sum, index, axis) => sum + index * strides[axis], 0)];
    }
    for (let axis = shape.length - 1; axis >= 0 && ++indices[axis] === shape[axis]; axis--) indices[axis] = 0;
  }
  return { shape, data };
}

/** NumPy's x[begin:end:strides]. The options are bit masks of axes: without begin, without end,
 * and (field 4) reduced to one element and dropped. */
function stridedSlice([x, begin, end, strides], options) {
  if (options.int(2) || options.int(3)) throw unsupported("one with STRIDED_SLICE with new axes");
  const axes = x.shape.map((length, axis) => {
    if (axis >= strides.data.length) return { first: 0, stride: 1, count: length };
    const [stride, bit] = [strides.data[axis], 1 << axis];
    if (stride < 1) throw unsupported("one with STRIDED_SLICE backwards");
    const bounded = (index) => Math.min(Math.max(index < 0 ? index + length : index, 0), length);
    const first = options.int(0) & bit ? 0 : bounded(begin.data[axis]);
    if (options.int(4) & bit) return { first, stride, count: 1, dropped: true };
    const last = options.int(1) & bit ? length : bounded(end.data[axis]);
    return { first, stride, count: Math.max(Math.ceil((last - first) / stride), 0) };
  });
  const counts = axes.map(({ count }) => count);
  const { data } = gathered(x, counts, (indices) => axes.map((axis, n) => axis.first + axis.stride * indices[n]));
  return { shape: counts.filter((_, axis) => !axes[axis].dropped), data };
}

function transpose([x, order]) {
  const axes = Array.from(order.data);
  return gathered(x, axes.map((axis) => x.shape[axis]), (indices) => x.shape.map((_, axis) => indices[axes.indexOf(axis)]));
}

function pad([x, paddings]) {
  const before = (axis) => paddings.data[2 * axis];
  const shape = x.shape.map((length, axis) => length + before(axis) + paddings.data[2 * axis + 1]);
  return gathered(x, shape, (indices) => indices.map((index, axis) => index - before(axis)));
}

function tile([x, multiples]) {
  const shape = x.shape.map((length, axis) => length * multiples.data[axis]);
  return gathered(x, shape, (indices) => indices.map((index, axis) => index % x.shape[axis]));
}

function expandDims([x, axis]) {
  const position = axis.data[0] < 0 ? axis.data[0] + x.shape.length + 1 : axis.data[0];
  return { shape: x.shape.toSpliced(position, 0, 1), data: x.data };
}

function concatenation(tensors, options) {
  const [first] = tensors;
  const axis = options.int(0) < 0 ? options.int(0) + first.shape.length : options.int(0);
  if (size(first.shape.slice(0, axis)) !== 1) throw unsupported("one with CONCATENATION of inner axes");
  const length = tensors.reduce((sum, { shape }) => sum + shape[axis], 0);
  const data = new first.data.constructor(tensors.reduce((sum, tensor) => sum + tensor.data.length, 0));
  let position = 0;
  for (const tensor of tensors) {
    data.set(tensor.data, position);
    position += tensor.data.length;
  }
  return { shape: first.shape.with(axis, length), data };
}

export const OPERATORS = {
  DEQUANTIZE: ([x]) => x, // from float16, which is read as float32 already
  RESHAPE: reshape,
  SHAPE: ([x]) => ({ shape: [x.shape.length], data: Int32Array.from(x.shape) }),
  PACK: pack,
  STRIDED_SLICE: stridedSlice,
  TRANSPOSE: transpose,
  PAD: pad,
  TILE: tile,
  EXPAND_DIMS: expandDims,
  CONCATENATION: concatenation,
};
