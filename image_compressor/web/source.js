/** Where a page has its codec from. */
import { Codec } from "imgc/codec.js";
import { InputError } from "imgc/errors.js";

const FILES = { tables: "tables.npz", decoder: "decoder.tflite" };

/**
 * Opens files with the codec that the page holds, as base64 in its elements #codec-tables and
 * #codec-decoder; else with that at the address in `data-codec` of `section`; else with tables.npz
 * and decoder.tflite once `take` was given both.
 */
export class Source {
  #parts = {};
  #codec = null;

  constructor(section) {
    this.section = section;
    for (const part in FILES) {
      const element = document.getElementById(`codec-${part}`);
      if (element) this.#parts[part] = fromBase64(element.textContent);
    }
  }

  /** Keeps the files of a codec among these; returns the others. */
  async take(files) {
    const others = [];
    for (const file of files) {
      const part = Object.keys(FILES).find((name) => FILES[name] === file.name);
      if (!part) others.push(file);
      else {
        this.#parts[part] = await file.arrayBuffer();
        this.#codec = null;
      }
    }
    return others;
  }

  /** As `Codec.open`. */
  async open(file) {
    this.#codec ??= await Codec.load(await this.#files());
    return this.#codec.open(await file.arrayBuffer());
  }

  async #files() {
    const address = this.section.dataset.codec;
    for (const part in FILES) {
      if (!this.#parts[part] && address) {
        const response = await fetch(`${address}/${FILES[part]}`);
        if (response.ok) this.#parts[part] = await response.arrayBuffer();
      }
      if (!this.#parts[part]) {
        const fix = `Choose ${FILES.tables} and ${FILES.decoder} of models/exported together with it.`;
        throw new InputError("the codec that wrote the file", `no ${FILES[part]}`, fix);
      }
    }
    return this.#parts;
  }
}

function fromBase64(text) {
  return Uint8Array.from(atob(text.trim()), (character) => character.charCodeAt(0)).buffer;
}
