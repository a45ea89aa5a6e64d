/** The frozen frequency tables in tables.npz, like codec/frozen/tables.py. */
import { InputError } from "imgc/errors.js";
import { read } from "imgc/npz.js";
import { cumulative } from "imgc/range.js";

const QUALITIES = 100;
const PRECISION = 16; // bits: frequencies of a table sum to 2 ** PRECISION
const DECOMPRESS = "Use image-compressor decompress.";

/**
 * The tables of each quality, with quality 1 at index 0:
 *     channels          C, of a latent vector
 *     widths            Float32Array [C]: a symbol s stands for the latent s * width
 *     classes           Uint32Array [G], the frequencies of the classes; model: their model
 *     index, offsets    [G * C]: a table of the bank, and the number subtracted from a symbol
 *     bank              minimums, lengths and models of the tables
 *     least             the fewest bits that a vector can take
 *
 * Throws InputError if the file, an ArrayBuffer, is not a table file.
 */
export async function load(buffer) {
  try {
    const arrays = await read(buffer);
    if (!arrays.classes) throw new InputError("a codec without a hyperprior", "one with it", DECOMPRESS);
    const bank = new Bank(arrays);
    return Array.from({ length: QUALITIES }, (_, position) => tablesOf(arrays, bank, position));
  } catch (error) {
    if (error instanceof InputError) throw error;
    throw new InputError("a tables.npz of this package", error.message, "Export the codec again.");
  }
}

function tablesOf(arrays, bank, position) {
  const part = ({ shape, data }) => {
    const size = data.length / shape[0];
    return data.subarray(position * size, (position + 1) * size);
  };
  const [widths, classes, index, offsets] = ["widths", "classes", "index", "offsets"].map((name) => {
    if (arrays[name]?.shape[0] !== QUALITIES) throw new Error(`no ${name} of ${QUALITIES} qualities`);
    return part(arrays[name]);
  });
  let [model, least] = [null, null];
  return {
    channels: widths.length,
    widths,
    classes,
    index,
    offsets,
    bank,
    get model() {
      return (model ??= cumulative(classes));
    },
    get least() {
      return (least ??= leastBits(widths.length, classes, index, bank));
    },
  };
}

function leastBits(channels, classes, index, bank) {
  const bits = Array.from(classes, (frequency, number) => {
    const tables = index.subarray(number * channels, (number + 1) * channels);
    return tables.reduce((sum, table) => sum + bank.least(table), PRECISION - Math.log2(frequency));
  });
  return Math.min(...bits);
}

class Bank {
  #models = new Map();
  #frequencies;
  #starts;

  constructor({ minimums, lengths, frequencies }) {
    this.minimums = minimums.data;
    this.lengths = lengths.data;
    this.#frequencies = frequencies.data;
    this.#starts = new Uint32Array(this.lengths.length + 1);
    this.lengths.forEach((length, table) => (this.#starts[table + 1] = this.#starts[table] + length));
    if (this.#starts.at(-1) !== this.#frequencies.length) throw new Error("tables of other lengths");
  }

  /** The bits of the cheapest entry of a table. */
  least(table) {
    const own = this.#frequencies.subarray(this.#starts[table], this.#starts[table + 1]);
    return PRECISION - Math.log2(Math.max(...own));
  }

  /** The model of a table for `RangeDecoder.categorical`, computed on first use. */
  model(table) {
    if (!this.#models.has(table)) {
      const own = this.#frequencies.subarray(this.#starts[table], this.#starts[table + 1]);
      this.#models.set(table, cumulative(own));
    }
    return this.#models.get(table);
  }
}
