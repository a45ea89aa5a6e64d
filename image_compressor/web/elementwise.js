/** Operators that work element by element. */

const relu = (x) => Math.max(x, 0);
const relu6 = (x) => Math.min(Math.max(x, 0), 6);
const FUSED = [null, relu, (x) => Math.min(Math.max(x, -1), 1), relu6, Math.tanh];

/** The activation fused into another operator, by its number in LiteRT's schema. */
export function fused(tensor, number) {
  return number ? mapped(tensor, FUSED[number]) : tensor;
}

function mapped({ shape, data }, activation) {
  return { shape, data: data.map((value) => activation(value)) };
}

function unary(activation) {
  return ([x]) => mapped(x, activation);
}

/** An operator on two or three tensors, which are broadcast as in NumPy. */
function broadcast(operation, activationOf = () => 0) {
  return (tensors, options) => {
    const rank = Math.max(...tensors.map(({ shape }) => shape.length));
    const shapes = tensors.map(({ shape }) => [...Array(rank - shape.length).fill(1), ...shape]);
    const shape = shapes[0].map((_, axis) => Math.max(...shapes.map((sizes) => sizes[axis])));
    const [x, y, z = y] = tensors.map(({ data }, number) => repeated(data, shapes[number], shape));
    const data = new Float32Array(x.length);
    for (let position = 0; position < data.length; position++) {
      data[position] = operation(x[position], y[position], z[position]);
    }
    return fused({ shape, data }, activationOf(options));
  };
}

/** The elements of a tensor of `sizes`, broadcast to `shape`. */
function repeated(data, sizes, shape) {
  const length = shape.reduce((product, size) => product * size, 1);
  if (data.length === length) return data;
  const whole = new Float32Array(length);
  for (let position = 0; position < length; position++) {
    let [from, unit, left] = [0, 1, position];
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      if (sizes[axis] > 1) from += (left % shape[axis]) * unit;
      left = Math.floor(left / shape[axis]);
      unit *= sizes[axis];
    }
    whole[position] = data[from];
  }
  return whole;
}

function leakyRelu([x], options) {
  const slope = options.float(0);
  return mapped(x, (value) => (value > 0 ? value : slope * value));
}

function gelu([x], options) {
  const approximate = (v) => 0.5 * v * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (v + 0.044715 * v ** 3)));
  const exact = (v) => 0.5 * v * erfc(-v / Math.SQRT2);
  return mapped(x, options.byte(0) ? approximate : exact);
}

/** The complementary error function, with relative error 1.2e-7 (Press et al. 1992, 6.2). */
function erfc(x) {
  const t = 1 / (1 + 0.5 * Math.abs(x));
  const polynomial = [
    0.17087277, -0.82215223, 1.48851587, -1.13520398, 0.27886807, -0.18628806, 0.09678418,
    0.37409196, 1.00002368, -1.26551223,
  ].reduce((sum, coefficient) => sum * t + coefficient);
  const value = t * Math.exp(polynomial - x * x);
  return x < 0 ? 2 - value : value;
}

const byte0 = (options) => options.byte(0);

export const OPERATORS = {
  ADD: broadcast((x, y) => x + y, byte0),
  SUB: broadcast((x, y) => x - y, byte0),
  MUL: broadcast((x, y) => x * y, byte0),
  DIV: broadcast((x, y) => x / y, byte0),
  MINIMUM: broadcast((x, y) => Math.min(x, y)),
  GREATER: broadcast((x, y) => x > y),
  SELECT_V2: broadcast((condition, x, y) => (condition ? x : y)),
  PRELU: broadcast((x, slope) => (x > 0 ? x : slope * x)),
  LEAKY_RELU: leakyRelu,
  GELU: gelu,
  RELU: unary(relu),
  RELU6: unary(relu6),
  ELU: unary((x) => (x > 0 ? x : Math.expm1(x))),
  LOGISTIC: unary((x) => 1 / (1 + Math.exp(-x))),
  HARD_SWISH: unary((x) => (x * relu6(x + 3)) / 6),
  TANH: unary(Math.tanh),
  EXP: unary(Math.exp),
  LOG: unary(Math.log),
  ABS: unary(Math.abs),
  NEG: unary((x) => -x),
};
