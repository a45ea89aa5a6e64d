/**
 * The range decoder of constriction (Bamler 2022): words of 32 bits, a state of 64, and models
 * whose probabilities are fractions of 2^24.
 */
import { damaged } from "imgc/errors.js";

const PRECISION = 24;

/**
 * The start of each symbol's interval in 2^24, and the end: Uint32Array [K + 1], as constriction
 * computes it from `frequencies` that sum to 2^16, given as float32 probabilities.
 *
 * Each symbol has 1 and its share of the rest, which constriction computes in float32.
 */
export function cumulative(frequencies) {
  const starts = new Uint32Array(frequencies.length + 1);
  const free = 2 ** PRECISION - frequencies.length;
  let sum = 0;
  frequencies.forEach((frequency, position) => {
    starts[position] = Math.trunc(Math.fround((sum / 2 ** 16) * free)) + position;
    sum += frequency;
  });
  starts[frequencies.length] = 2 ** PRECISION;
  return starts;
}

/** Takes symbols from a payload, a Uint8Array of little-endian words. */
export class RangeDecoder {
  constructor(payload) {
    this.words = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
    this.position = 0;
    this.range = 2n ** 64n - 1n;
    this.rest = (this.#word() << 32n) | this.#word(); // position of the payload within the range
  }

  /** The next symbol, 0..K-1, of a model from `cumulative`. */
  categorical(starts) {
    const [scale, quantile] = this.#quantile();
    let [low, high] = [0, starts.length - 1];
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (starts[middle] <= quantile) low = middle;
      else high = middle;
    }
    this.#take(scale, starts[low], starts[low + 1] - starts[low]);
    return low;
  }

  /** The next uniformly distributed number of 0 to 16 bits. A number of 0 bits takes nothing. */
  uniform(bits) {
    if (!bits) return 0;
    const [scale, quantile] = this.#quantile();
    const part = 2 ** (PRECISION - bits);
    const number = Math.floor(quantile / part);
    this.#take(scale, number * part, part);
    return number;
  }

  #quantile() {
    const scale = this.range >> BigInt(PRECISION);
    const quantile = this.rest / scale;
    if (quantile >= 1n << BigInt(PRECISION)) throw damaged("a payload that no encoder wrote");
    return [scale, Number(quantile)];
  }

  #take(scale, start, size) {
    this.rest -= scale * BigInt(start);
    this.range = scale * BigInt(size);
    if (this.range < 1n << 32n) {
      this.range <<= 32n;
      this.rest = (this.rest << 32n) | this.#word();
    }
  }

  /** The next word. After the end there are zeros, which the encoder leaves out. */
  #word() {
    const position = this.position;
    this.position += 4;
    return position < this.words.byteLength ? BigInt(this.words.getUint32(position, true)) : 0n;
  }
}
