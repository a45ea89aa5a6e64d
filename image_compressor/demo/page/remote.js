/** Decodes files on the server, for the section of decode.js. */
import { bytesOf, post } from "/page/ask.js";

export class Server {
  async take(files) {
    return files;
  }

  async open(file) {
    const facts = await this.#ask(file, 0, 1);
    const images = async (start, end) => {
      const answer = await this.#ask(file, start, end);
      const pixels = bytesOf(answer.images);
      let position = 0;
      return answer.sizes.map(([height, width]) => {
        const size = height * width * facts.channels;
        return { height, width, pixels: pixels.subarray(position, (position += size)) };
      });
    };
    return { ...facts, images };
  }

  async #ask(file, start, end) {
    return post(`/decompress?start=${start}&end=${end}`, file);
  }
}
