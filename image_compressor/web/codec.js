/** .imgc files -> images, with the tables and the decoder of their codec. */
import { decode } from "imgc/coder.js";
import { InputError, damaged } from "imgc/errors.js";
import { read } from "imgc/imgc.js";
import { Network } from "imgc/litert.js";
import { STORED } from "imgc/sections.js";
import { decodeFile } from "imgc/stored.js";
import { load } from "imgc/tables.js";

const PATIENCE = 30; // milliseconds of work, after which the page may handle events

export class Codec {
  /**
   * Loads a codec from the ArrayBuffers of its tables.npz and decoder.tflite. Its id is their
   * SHA-256, so files of another codec are refused.
   *
   * Throws InputError if a file is corrupt, or cannot be run in the browser.
   */
  static async load({ tables, decoder }) {
    if (!globalThis.crypto?.subtle) {
      const safe = "a page opened from this machine or over https";
      throw new InputError(safe, "another page, where browsers offer no SHA-256", "Open it in one of these ways.");
    }
    const digest = await crypto.subtle.digest("SHA-256", await new Blob([tables, decoder]).arrayBuffer());
    const id = Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
    return new Codec(id, await load(tables), new Network(decoder));
  }

  constructor(id, qualities, network) {
    Object.assign(this, { id, qualities, network });
  }

  /** The images of a file, an ArrayBuffer, decoded on demand. Throws InputError as `read` does, and
   * for a file of another codec. */
  async open(buffer) {
    const file = await read(new Uint8Array(buffer));
    if (file.codec !== this.id.slice(0, 8)) {
      const fix = "Choose the codec that wrote it.";
      throw new InputError(`a file of codec ${this.id.slice(0, 8)}`, `one of codec ${file.codec}`, fix);
    }
    if (String(file.shape) !== String(this.network.outputShape)) {
      throw damaged(`images of ${file.shape} from a codec for other shapes`);
    }
    return new Archive(this, file);
  }

  /** All images of a file: {names, height, width, channels, images: Uint8Array [N * H * W * C]}. */
  async decode(buffer) {
    const archive = await this.open(buffer);
    const { names, height, width, channels } = archive;
    return { names, height, width, channels, images: await archive.images(0, archive.count) };
  }
}

class Archive {
  #last = {};

  constructor(codec, file) {
    const [height, width, channels] = file.shape;
    const { count, names, quality, fit, own } = file;
    Object.assign(this, { codec, file, height, width, channels, count, names, quality, fit, own });
  }

  /** The images `start` to `end` (exclusive): Uint8Array [n * H * W * C]. Throws InputError for damage. */
  async images(start, end) {
    const size = this.height * this.width * this.channels;
    const images = new Uint8Array((end - start) * size);
    let batch = 1; // grows to as many images as take PATIENCE
    for (let number = start; number < end; ) {
      const began = performance.now();
      const block = Math.floor(number / this.file.block);
      const first = block * this.file.block;
      const stop = Math.min(end, first + this.file.blocks[block].qualities.length, number + batch);
      images.set(await this.#decode(block, number - first, stop - first), (number - start) * size);
      const fits = ((stop - number) * PATIENCE) / (performance.now() - began);
      batch = Math.max(1, Math.min(Math.floor(fits), 2 * batch));
      number = stop;
      await new Promise((resolve) => setTimeout(resolve));
    }
    return images;
  }

  async #decode(block, start, end) {
    const { qualities, files } = this.file.blocks[block];
    const size = this.height * this.width * this.channels;
    const coded = this.#coded(block, start, end);
    const images = new Uint8Array((end - start) * size);
    let [next, file] = [0, count(qualities.subarray(0, start), STORED)];
    for (let position = start; position < end; position++) {
      let pixels;
      if (qualities[position] === STORED) {
        const { kind, verified } = files[file++];
        pixels = await decodeFile(kind, verified(), this.file.shape);
      } else {
        pixels = coded.subarray(next, (next += size));
      }
      images.set(pixels, (position - start) * size);
    }
    return images;
  }

  /** The images among `start` to `end` of a block that are not files, one after the other. */
  #coded(block, start, end) {
    const { qualities } = this.file.blocks[block];
    const symbols = this.#symbols(block);
    const positions = [...qualities.keys()].slice(start, end).filter((n) => qualities[n] !== STORED);
    if (!positions.length) return new Uint8Array();
    const latents = positions.map((position) => {
      const { widths, channels } = this.codec.qualities[qualities[position] - 1];
      return Float32Array.from(symbols[position], (symbol, n) => symbol * widths[n % channels]);
    });
    const all = new Float32Array(latents.length * latents[0].length);
    latents.forEach((values, number) => all.set(values, number * values.length));
    // Float32Arrays round in float32 like Python, so that equal floats become equal pixels.
    const levels = this.codec.network.run(all).map((value) => {
      return Math.min(Math.max(value, 0), 1) * 255 + 0.5;
    });
    return new Uint8Array(levels);
  }

  /** The symbols of each image of a block; none for one that is a file. */
  #symbols(block) {
    if (this.#last.block !== block) {
      const { qualities, payload, check } = this.file.blocks[block];
      const vectors = this.codec.network.inputShape.slice(0, -1).reduce((n, side) => n * side, 1);
      const groups = [...new Set(qualities)].filter((quality) => quality !== STORED).sort((a, b) => a - b);
      const found = decode(
        payload,
        groups.map((quality) => ({
          tables: this.codec.qualities[quality - 1],
          count: count(qualities, quality) * vectors,
        })),
      );
      const length = found.reduce((sum, part) => sum + part.length, 0);
      const all = new Int32Array(length);
      const symbols = [];
      let start = 0;
      groups.forEach((quality, group) => {
        const each = found[group].length / count(qualities, quality);
        all.set(found[group], start);
        qualities.forEach((other, position) => {
          if (other === quality) symbols[position] = all.subarray(start, (start += each));
        });
      });
      check(all);
      this.#last = { block, symbols };
    }
    return this.#last.symbols;
  }
}

function count(qualities, quality) {
  return qualities.reduce((sum, other) => sum + (other === quality), 0);
}
