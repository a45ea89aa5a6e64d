/** decoder.tflite -> its graph. Fields have their numbers in LiteRT's schema.fbs. */
import { InputError, unsupported } from "imgc/errors.js";
import { Table } from "imgc/flatbuffer.js";
import { OPERATORS } from "imgc/operators.js";

const MAGIC = "TFL3";
const [FLOAT32, FLOAT16, INT32] = [0, 1, 2]; // types of tensors that a float decoder has
const TYPES = { 3: "uint8", 4: "int64", 6: "bool", 7: "int16", 9: "int8" };

/**
 * The graph of a model with one input and one output:
 *     tensors     [{shape, data}]; data is null unless constant; -1 in a shape stands for any size
 *     input, output     numbers of tensors
 *     operators   [{name, inputs, output, options}], in execution order; an input may be -1
 *
 * Weights in float16 become float32. Throws InputError for a file that is not a LiteRT model, and
 * for a quantised model.
 */
export function read(buffer) {
  try {
    return graphOf(buffer);
  } catch (error) {
    if (error instanceof InputError) throw error;
    throw new InputError("a decoder.tflite", error.message, "Export it again.");
  }
}

function graphOf(buffer) {
  const magic = new TextDecoder("latin1").decode(new Uint8Array(buffer).subarray(4, 8));
  if (magic !== MAGIC) {
    throw new InputError("a decoder.tflite", `one with ${JSON.stringify(magic)} at byte 4`, "Export it again.");
  }
  const model = Table.root(buffer);
  const [graph] = model.tables(2);
  const buffers = model.tables(4);
  const names = model.tables(1).map((code) => {
    const number = Math.max(code.byte(0), code.int(3)); // two fields, for old and new readers
    return OPERATORS[number] ?? `operator ${number}`;
  });
  const operators = graph.tables(3).map((operator) => ({
    name: names[operator.int(0)],
    inputs: operator.ints(1),
    output: operator.ints(2)[0],
    options: operator.table(4) ?? Table.EMPTY,
  }));
  const tensors = graph.tables(0).map((tensor) => ({
    shape: tensor.ints(7) ?? tensor.ints(0) ?? [],
    data: constant(tensor.byte(1), buffers[tensor.int(2)].bytes(0)),
  }));
  return { tensors, operators, input: graph.ints(1)[0], output: graph.ints(2)[0] };
}

function constant(type, bytes) {
  if (!bytes.length) return null;
  if (type === FLOAT32) return new Float32Array(bytes.buffer);
  if (type === INT32) return new Int32Array(bytes.buffer);
  if (type === FLOAT16) return Float32Array.from(new Uint16Array(bytes.buffer), fromFloat16);
  throw unsupported(`one with ${TYPES[type] ?? `type ${type}`} tensors`);
}

function fromFloat16(bits) {
  const [sign, exponent, fraction] = [bits >> 15 ? -1 : 1, (bits >> 10) & 31, bits & 1023];
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
