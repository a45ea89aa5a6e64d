/** Runs a decoder.tflite in plain JavaScript, with the operators that our decoders use. */
import * as convolutions from "imgc/convolutions.js";
import * as elementwise from "imgc/elementwise.js";
import { unsupported } from "imgc/errors.js";
import * as shapes from "imgc/shapes.js";
import { read } from "imgc/tflite.js";

const OPERATORS = { ...convolutions.OPERATORS, ...elementwise.OPERATORS, ...shapes.OPERATORS };

/**
 * A network with one input and one output; `inputShape` and `outputShape` are without the batch.
 * A tensor is {shape, data}; an operator computes one from (tensors, options).
 *
 * Throws InputError for a file that is not a LiteRT model, and for an unknown operator.
 */
export class Network {
  constructor(buffer) {
    this.graph = read(buffer);
    const unknown = this.graph.operators.find(({ name }) => !(name in OPERATORS));
    if (unknown) throw unsupported(`one with ${unknown.name}`);
    const { tensors, operators, input, output } = this.graph;
    this.inputShape = tensors[input].shape.slice(1);
    this.outputShape = tensors[output].shape.slice(1);
    this.steps = operators.filter((operator) => !this.#fold(operator));
  }

  /** Float32Array [N, ...inputShape] -> Float32Array [N, ...outputShape]. */
  run(data) {
    const { tensors, input, output } = this.graph;
    const batch = data.length / size(this.inputShape);
    const values = tensors.slice();
    values[input] = { shape: [batch, ...this.inputShape], data };
    for (const operator of this.steps) values[operator.output] = apply(operator, values);
    return values[output].data;
  }

  /** Runs an operator in advance if all its inputs are constants. Returns whether they are. */
  #fold(operator) {
    const { tensors } = this.graph;
    const constant = operator.inputs.every((number) => number < 0 || tensors[number].data);
    if (constant) tensors[operator.output] = apply(operator, tensors);
    return constant;
  }
}

function apply({ name, inputs, options }, values) {
  return OPERATORS[name](inputs.map((number) => values[number]), options);
}

function size(shape) {
  return shape.reduce((product, length) => product * length, 1);
}
