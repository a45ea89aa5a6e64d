/** Decodes files on the server, for the section of decode.js. */
import { bytesOf, post } from "/page/ask.js";

export class Server {
  async take(files) {
    return files;
  }

  async open(file) {
    const facts = await this.#ask(file, 0, 1);
    const images = async (start, end) => bytesOf((await this.#ask(file, start, end)).images);
    return { ...facts, images };
  }

  async #ask(file, start, end) {
    return post(`/decompress?start=${start}&end=${end}`, file);
  }
}
