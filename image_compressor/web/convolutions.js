/** Operators with weights: FULLY_CONNECTED, CONV_2D, DEPTHWISE_CONV_2D, TRANSPOSE_CONV. */
import { fused } from "imgc/elementwise.js";
import { unsupported } from "imgc/errors.js";

const SAME = 0; // padding
const KEEP_DIMENSIONS = 2; // a field of FullyConnectedOptions

/** x [..., I], weights [O, I]. */
function fullyConnected([x, weights, bias], options) {
  const [filters, depth] = weights.shape;
  const batch = x.data.length / depth;
  const data = new Float32Array(batch * filters);
  for (let row = 0; row < batch; row++) {
    products(data, row * filters, x.data.subarray(row * depth, (row + 1) * depth), weights.data, bias);
  }
  const shape = options.byte(KEEP_DIMENSIONS) ? [...x.shape.slice(0, -1), filters] : [batch, filters];
  return fused({ shape, data }, options.byte(0));
}

/** x [N, H, W, I], weights [O, KH, KW, I]. */
function conv2d([x, weights, bias], options) {
  const [filters, rows, columns, depth] = weights.shape;
  if (depth !== x.shape[3]) throw unsupported("one with CONV_2D with groups");
  const steps = windows(x.shape, rows, columns, options, 4, 5);
  const data = new Float32Array(x.shape[0] * steps.height * steps.width * filters);
  const patch = new Float32Array(rows * columns * depth);
  steps.each((position, pixels) => {
    for (let tap = 0, to = 0; tap < pixels.length; tap++) {
      const from = pixels[tap] * depth;
      for (let i = 0; i < depth; i++) patch[to++] = from < 0 ? 0 : x.data[from + i];
    }
    products(data, position * filters, patch, weights.data, bias);
  });
  return fused({ shape: [x.shape[0], steps.height, steps.width, filters], data }, options.byte(3));
}

/** x [N, H, W, I], weights [1, KH, KW, I * multiplier]. */
function depthwise([x, weights, bias], options) {
  const [, rows, columns, filters] = weights.shape;
  const depth = x.shape[3];
  const multiplier = filters / depth;
  const steps = windows(x.shape, rows, columns, options, 5, 6);
  const data = new Float32Array(x.shape[0] * steps.height * steps.width * filters);
  steps.each((position, pixels) => {
    for (let filter = 0; filter < filters; filter++) {
      const channel = Math.floor(filter / multiplier);
      let sum = bias ? bias.data[filter] : 0;
      pixels.forEach((pixel, tap) => {
        if (pixel >= 0) sum += x.data[pixel * depth + channel] * weights.data[tap * filters + filter];
      });
      data[position * filters + filter] = sum;
    }
  });
  return fused({ shape: [x.shape[0], steps.height, steps.width, filters], data }, options.byte(4));
}

/** Output shape [4], weights [O, KH, KW, I], x [N, H, W, I]: each pixel of x adds a window to it. */
function transposeConv([output, weights, x, bias], options) {
  const shape = Array.from(output.data);
  const [filters, rows, columns, depth] = weights.shape;
  const [batch, height, width] = x.shape;
  const [strideX, strideY] = [options.int(1), options.int(2)];
  const same = options.byte(0) === SAME;
  const top = same ? before(height, strideY, rows, shape[1]) : 0;
  const left = same ? before(width, strideX, columns, shape[2]) : 0;
  const data = new Float32Array(shape[0] * shape[1] * shape[2] * filters);
  if (bias) for (let position = 0; position < data.length; position++) data[position] = bias.data[position % filters];
  const taps = rows * columns;
  const added = new Float32Array(filters * taps);
  for (let pixel = 0; pixel < batch * height * width; pixel++) {
    products(added, 0, x.data.subarray(pixel * depth, (pixel + 1) * depth), weights.data);
    const image = Math.floor(pixel / (height * width));
    const y0 = (Math.floor(pixel / width) % height) * strideY - top;
    const x0 = (pixel % width) * strideX - left;
    for (let tap = 0; tap < taps; tap++) {
      const down = y0 + Math.floor(tap / columns);
      const across = x0 + (tap % columns);
      if (down < 0 || down >= shape[1] || across < 0 || across >= shape[2]) continue;
      const to = ((image * shape[1] + down) * shape[2] + across) * filters;
      for (let filter = 0; filter < filters; filter++) data[to + filter] += added[filter * taps + tap];
    }
  }
  return fused({ shape, data }, options.byte(3));
}

/** Sets data[start + o] to bias[o] plus the product of weights [O, I] and x [I]. */
function products(data, start, x, weights, bias) {
  const depth = x.length;
  for (let filter = 0; filter < weights.length / depth; filter++) {
    let sum = bias ? bias.data[filter] : 0;
    for (let i = 0, from = filter * depth; i < depth; i++) sum += weights[from + i] * x[i];
    data[start + filter] = sum;
  }
}

/** The windows of a convolution: `each` calls back with the position of one in the output and its
 * pixels, -1 outside the image. Options 1 and 2 are the strides, the last two dilations. */
function windows([batch, height, width], rows, columns, options, ...dilations) {
  if (dilations.some((field) => options.int(field, 1) > 1)) throw unsupported("one with dilations");
  const [strideX, strideY] = [options.int(1), options.int(2)];
  const same = options.byte(0) === SAME;
  const count = (size, reach, stride) => Math.ceil((same ? size : size - reach + 1) / stride);
  const down = count(height, rows, strideY);
  const across = count(width, columns, strideX);
  const top = same ? before(down, strideY, rows, height) : 0;
  const left = same ? before(across, strideX, columns, width) : 0;
  const pixels = new Int32Array(rows * columns);
  function each(visit) {
    for (let position = 0; position < batch * down * across; position++) {
      const image = Math.floor(position / (down * across));
      const y0 = (Math.floor(position / across) % down) * strideY - top;
      const x0 = (position % across) * strideX - left;
      for (let tap = 0; tap < pixels.length; tap++) {
        const y = y0 + Math.floor(tap / columns);
        const x = x0 + (tap % columns);
        const outside = y < 0 || y >= height || x < 0 || x >= width;
        pixels[tap] = outside ? -1 : (image * height + y) * width + x;
      }
      visit(position, pixels);
    }
  }
  return { height: down, width: across, each };
}

/** The padding before the first of `count` windows of `reach` samples, in `size` samples. */
function before(count, stride, reach, size) {
  return Math.floor(Math.max((count - 1) * stride + reach - size, 0) / 2);
}

export const OPERATORS = {
  FULLY_CONNECTED: fullyConnected,
  CONV_2D: conv2d,
  DEPTHWISE_CONV_2D: depthwise,
  TRANSPOSE_CONV: transposeConv,
};
