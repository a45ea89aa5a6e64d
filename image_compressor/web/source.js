/** Gets the codec of a page. */
import { Codec } from "imgc/codec.js";
import { InputError } from "imgc/errors.js";

const FILES = { tables: "tables.npz", decoder: "decoder.tflite" };

/**
 * Opens files with a codec: the one in the page, as base64 in its elements #codec-tables and
 * #codec-decoder; else the one at the address in `data-codec` of `section`; else the one whose
 * tables.npz and decoder.tflite were both given to `take`.
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

  /** Takes the files of a codec out of these and keeps them; returns the others. */
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

  /** Opens a file like `Codec.open`. */
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
        const fix = `Choose ${FILES.tables} and ${FILES.decoder} from models/exported together with it.`;
        throw new InputError("the codec that wrote the file", `no ${FILES[part]}`, fix);
      }
    }
    return this.#parts;
  }
}

function fromBase64(text) {
  return Uint8Array.from(atob(text.trim()), (character) => character.charCodeAt(0)).buffer;
}
