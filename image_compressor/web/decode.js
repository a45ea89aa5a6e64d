/** The section of decode.html: choose or drop an .imgc file and see its images. */
import { Source } from "imgc/source.js";

const PAGE = 200; // images shown at once
const WIDTH = 96; // of an image, in CSS pixels, unless it is larger

/**
 * Makes the section work. Returns what it does with files, for those that come another way.
 *
 * `source` has `take` and `open` as `Source` does; what it opens has count, names, height, width,
 * channels, quality and `images`, as an Archive of codec.js does.
 */
export function start(section = document.getElementById("decode"), source = new Source(section)) {
  const drop = section.querySelector(".drop");
  const input = section.querySelector("input[type=file]");
  const view = new View(section);
  const decode = async (files) => {
    try {
      const [file] = await source.take(files);
      if (!file) return view.say("The codec is here. Now choose an .imgc file.");
      view.say("Decoding …");
      await view.show(await source.open(file), file);
    } catch (error) {
      view.fail(error);
    }
  };
  input.addEventListener("change", async () => {
    await decode([...input.files]);
    input.value = ""; // so that the same file can be chosen again
  });
  for (const kind of ["dragover", "dragleave", "drop"]) {
    drop.addEventListener(kind, (event) => {
      event.preventDefault();
      event.stopPropagation();
      drop.classList.toggle("over", kind === "dragover");
    });
  }
  drop.addEventListener("drop", (event) => decode([...event.dataTransfer.files]));
  return decode;
}

class View {
  constructor(section) {
    this.status = section.querySelector(".status");
    this.pages = section.querySelector(".pages");
    this.pictures = section.querySelector(".decoded");
    const [previous, next] = this.pages.querySelectorAll("button");
    const by = (step) => () => this.turn(this.first + step).catch((error) => this.fail(error));
    previous.addEventListener("click", by(-PAGE));
    next.addEventListener("click", by(PAGE));
  }

  say(text, kind = "") {
    this.status.textContent = text;
    this.status.className = `status ${kind}`;
  }

  fail(error) {
    this.pictures.replaceChildren();
    this.pages.hidden = true;
    this.say(error.message, "error");
  }

  async show(archive, file) {
    this.archive = archive;
    await this.turn(0);
    const { count, width, height, quality } = archive;
    const each = (file.size / count).toLocaleString("en", { maximumFractionDigits: 1 });
    const images = count === 1 ? "1 image" : `${number(count)} images`;
    this.say(
      `${file.name}: ${images} of ${width}x${height} pixels at quality ${quality}, ` +
        `${number(file.size)} bytes, ${each} an image.`,
    );
  }

  async turn(first) {
    const { archive } = this;
    const end = Math.min(first + PAGE, archive.count);
    const pixels = await archive.images(first, end);
    if (archive !== this.archive) return; // another file was chosen meanwhile
    const size = pixels.length / (end - first);
    const figures = Array.from({ length: end - first }, (_, place) =>
      figure(archive, pixels.subarray(place * size, (place + 1) * size), first + place),
    );
    this.first = first;
    this.pictures.replaceChildren(...figures);
    this.pages.hidden = archive.count <= PAGE;
    const [previous, text, next] = this.pages.children;
    text.textContent = `${number(first + 1)} to ${number(end)} of ${number(archive.count)}`;
    previous.disabled = first === 0;
    next.disabled = end === archive.count;
  }
}

function figure({ names, width, height, channels }, pixels, place) {
  const name = names?.[place] ?? String(place);
  const canvas = Object.assign(document.createElement("canvas"), { width, height });
  canvas.style.width = `${Math.max(1, Math.round(WIDTH / width)) * width}px`;
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", name);
  const image = new ImageData(width, height);
  for (let pixel = 0; pixel < width * height; pixel++) {
    for (let channel = 0; channel < 3; channel++) {
      image.data[4 * pixel + channel] = pixels[channels * pixel + Math.min(channel, channels - 1)];
    }
    image.data[4 * pixel + 3] = 255;
  }
  canvas.getContext("2d").putImageData(image, 0, 0);
  const caption = Object.assign(document.createElement("figcaption"), { textContent: name });
  const whole = document.createElement("figure");
  whole.append(canvas, caption);
  return whole;
}

function number(value) {
  return value.toLocaleString("en");
}
