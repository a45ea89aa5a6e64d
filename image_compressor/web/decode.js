/** The section of decode.html, where one chooses or drops an .imgc file and sees its images. */
import { Source } from "imgc/source.js";

const PAGE = 200; // images shown at once
const WIDTH = 96; // CSS pixels, the minimum width of an image

/**
 * Makes the section work. Returns its function for decoding files that come from elsewhere.
 *
 * `source` has the methods `take` and `open` of `Source`; `open` gives an object with count, names,
 * height, width, channels, quality and `images`, like an Archive of codec.js; images of several sizes
 * are a list of {height, width, pixels}.
 */
export function start(section = document.getElementById("decode"), source = new Source(section)) {
  const drop = section.querySelector(".drop");
  const input = section.querySelector("input[type=file]");
  const view = new View(section);
  const decode = (files) =>
    view.only(async (current) => {
      const [file] = await source.take(files);
      if (!current()) return;
      if (!file) return view.say("Now choose an .imgc file, with tables.npz and decoder.tflite if they are not here yet.");
      view.say("Decoding …");
      const archive = await source.open(file);
      if (current()) await view.show(archive, file, current);
    });
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
  #started = 0;
  #busy = false;

  constructor(section) {
    this.status = section.querySelector(".status");
    this.pages = section.querySelector(".pages");
    this.pictures = section.querySelector(".decoded");
    const [previous, next] = this.pages.querySelectorAll("button");
    // While another file is loading, a click would still mean the previous one.
    const by = (step) => () => this.#busy || this.only((current) => this.turn(this.first + step, current));
    previous.addEventListener("click", by(-PAGE));
    next.addEventListener("click", by(PAGE));
  }

  /** Does `work`, which must stop showing results once `current()` is false, as other work began. */
  async only(work) {
    const mine = ++this.#started;
    const current = () => mine === this.#started;
    this.#busy = true;
    try {
      await work(current);
    } catch (error) {
      if (current()) this.fail(error);
    } finally {
      if (current()) this.#busy = false;
    }
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

  async show(archive, file, current) {
    const { count, width, height, quality } = archive; // width and height are null for any size
    const each = (file.size / count).toLocaleString("en", { maximumFractionDigits: 1 });
    const images = count === 1 ? "1 image" : `${number(count)} images`;
    this.archive = archive;
    this.description =
      `${file.name}: ${images}${width ? ` of ${width}x${height} pixels` : ""} at quality ${quality}, ` +
      `${number(file.size)} bytes, ${each} an image.`;
    await this.turn(0, current);
  }

  async turn(first, current) {
    const { archive } = this;
    const end = Math.min(first + PAGE, archive.count);
    this.say("Decoding …");
    const decoded = await archive.images(first, end);
    if (!current()) return;
    const size = decoded.length / (end - first);
    const figures = Array.from({ length: end - first }, (_, position) => {
      const image = Array.isArray(decoded) // of several sizes, or all pixels in one array
        ? { ...archive, ...decoded[position] }
        : { ...archive, pixels: decoded.subarray(position * size, (position + 1) * size) };
      return figure(image, first + position);
    });
    this.first = first;
    this.pictures.replaceChildren(...figures);
    this.pages.hidden = archive.count <= PAGE;
    const [previous, text, next] = this.pages.children;
    text.textContent = `${number(first + 1)} to ${number(end)} of ${number(archive.count)}`;
    previous.disabled = first === 0;
    next.disabled = end === archive.count;
    this.say(this.description);
  }
}

function figure({ names, width, height, channels, fit, own, pixels }, position) {
  const name = names?.[position] ?? String(position);
  let canvas = Object.assign(document.createElement("canvas"), { width, height });
  canvas.style.width = `${Math.max(1, Math.round(WIDTH / width)) * width}px`;
  const image = new ImageData(width, height);
  for (let pixel = 0; pixel < width * height; pixel++) {
    for (let channel = 0; channel < 3; channel++) {
      image.data[4 * pixel + channel] = pixels[channels * pixel + Math.min(channel, channels - 1)];
    }
    image.data[4 * pixel + 3] = 255;
  }
  canvas.getContext("2d").putImageData(image, 0, 0);
  if (own) canvas = unfitted(canvas, fit, own[position]);
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", name);
  const caption = Object.assign(document.createElement("figcaption"), { textContent: name });
  const whole = document.createElement("figure");
  whole.append(canvas, caption);
  return whole;
}

/** An image after letterbox or stretch, scaled back to the size it had; like images/fitting.py. */
function unfitted(canvas, fit, [height, width]) {
  let [scaledWidth, scaledHeight] = [canvas.width, canvas.height];
  if (fit === "letterbox") {
    const factor = Math.min(canvas.width / width, canvas.height / height);
    [scaledWidth, scaledHeight] = [width, height].map((side) => Math.max(1, Math.round(factor * side)));
  }
  const [left, top] = [(canvas.width - scaledWidth) >> 1, (canvas.height - scaledHeight) >> 1];
  const own = Object.assign(document.createElement("canvas"), { width, height });
  own.style.width = `${Math.max(1, Math.round(WIDTH / width)) * width}px`;
  const context = own.getContext("2d");
  context.imageSmoothingQuality = "high";
  context.drawImage(canvas, left, top, scaledWidth, scaledHeight, 0, 0, width, height);
  return own;
}

function number(value) {
  return value.toLocaleString("en");
}
