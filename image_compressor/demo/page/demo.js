/** The demo: shows the compressed size and the decoded image after every stroke. */
import { start } from "imgc/decode.js";
import { Source } from "imgc/source.js";
import { bytesOf, latest, post } from "/page/ask.js";
import { everywhere } from "/page/files.js";
import { Pad } from "/page/pad.js";
import { Server } from "/page/remote.js";
import * as rivals from "/page/rivals.js";

const element = (id) => document.getElementById(id);
const codec = await (await fetch("/codec")).json();
const quality = element("quality");
const anySize = codec.width === null;
const pad = new Pad(document.querySelector(".pad canvas"), anySize ? { width: 1, height: 1 } : codec, sketched);
const sketch = { name: "sketch", content: () => pad.blob() };
let image = null; // the image to compress: the sketch, or a file {name, content}
let good = null; // the last image that was compressed

const compress = latest(async () => {
  if (!image) return;
  const asked = image;
  try {
    const content = asked === sketch ? await sketch.content() : asked.content;
    const answer = await post(`/compress?quality=${quality.value}`, content);
    const original = new Blob([bytesOf(answer.original)], { type: "image/png" });
    const pixels = await createImageBitmap(original);
    if (image === asked) show(answer, original, pixels);
  } catch (error) {
    if (image !== asked) return;
    image = good;
    say(error.message);
  }
});

describe();
sample();
listen();
decodeSection();

function describe() {
  const colour = codec.channels === 1 ? "grey" : "RGB";
  const sizes = codec.fit === "native" ? "Images must have this size." : `Other sizes are fitted by ${codec.fit}.`;
  element("facts").textContent =
    `${codec.name}, id ${codec.id}: ` +
    (anySize ? `images of any size, ${colour}.` : `${codec.width}x${codec.height} pixels, ${colour}. ${sizes}`);
  document.querySelector(".ink").hidden = codec.channels === 1 || anySize;
  if (anySize) {
    element("input-title").textContent = "Choose an image";
    element("keys").textContent = "You can also drop or paste an image anywhere. One of more than 1024 pixels is scaled down.";
    for (const part of [document.querySelector(".pad"), element("clear"), element("where")]) part.hidden = true;
    document.querySelector("[name=where][value=server]").checked = true;
    element("summary").textContent = "Choose an image first.";
  } else frame(codec);
  element("chosen").value = quality.value = codec.quality;
}

/** Gives both pictures the proportions of an image. */
function frame({ width, height }) {
  for (const picture of document.querySelectorAll(".picture")) {
    picture.style.aspectRatio = `${width} / ${height}`;
  }
}

function sketched() {
  document.querySelector(".invitation").hidden = !pad.empty;
  if (pad.empty) return clear();
  say("");
  image = sketch;
  compress();
}

/** Takes an image, a File or Blob, from the disk, the clipboard or the samples. */
function take(file) {
  if (file.size > codec.largest) {
    const sizes = `Expected a file of at most ${codec.largest} bytes. Received: one of ${file.size}.`;
    return say(`${sizes} Use the command line, or a smaller file.`);
  }
  say("");
  image = { name: (file.name ?? "sample").replace(/\.[^.]*$/, ""), content: file };
  compress();
}

function show(answer, original, pixels) {
  for (const part of ["original", "decoded"]) {
    element(part).src = `data:image/png;base64,${answer[part]}`;
    element(part).hidden = false;
  }
  if (anySize) frame(pixels);
  const way = answer.quality === 0 ? "stored as WebP or AVIF" : `raised to quality ${answer.quality}`;
  element("guard").textContent = answer.quality === answer.asked ? "" : `Below the floor of quality ${answer.asked}, so it was ${way}.`;
  element("bytes").textContent = answer.bytes;
  element("payload").textContent = answer.payload;
  element("ssim").textContent = answer.ssim.toFixed(3);
  rivals.compare(original, answer);
  if (image !== sketch) {
    image = { ...image, content: original }; // so the slider does not send a large file again
    pad.show(pixels);
    document.querySelector(".invitation").hidden = true;
  }
  good = image;
  const download = element("download");
  URL.revokeObjectURL(download.href);
  download.href = URL.createObjectURL(new Blob([bytesOf(answer.file)]));
  download.download = `${image.name}.imgc`;
  download.hidden = false;
}

function clear() {
  image = good = null;
  pad.clear();
  document.querySelector(".invitation").hidden = false;
  for (const id of ["original", "decoded", "download"]) element(id).hidden = true;
  for (const id of ["bytes", "payload", "ssim"]) element(id).textContent = "–";
  element("guard").textContent = "";
  say("");
  rivals.clear();
}

function say(text) {
  element("error").textContent = text;
}

function sample() {
  for (let number = 0; number < codec.samples; number++) {
    const button = Object.assign(document.createElement("button"), { type: "button" });
    const alt = `Sample ${number + 1}`;
    button.append(Object.assign(document.createElement("img"), { src: `/samples/${number}`, alt }));
    button.addEventListener("click", async () => take(await (await fetch(`/samples/${number}`)).blob()));
    element("samples").append(button);
  }
  if (anySize) element("samples").firstElementChild?.click();
}

function listen() {
  quality.addEventListener("input", () => {
    element("chosen").value = quality.value;
    say("");
    compress();
  });
  element("clear").addEventListener("click", clear);
  element("ink").addEventListener("input", (event) => (pad.ink = event.target.value));
  element("image").addEventListener("change", (event) => {
    const [file] = event.target.files;
    if (file) take(file);
    event.target.value = "";
  });
}

function decodeSection() {
  const section = element("decode");
  section.dataset.codec = "/codec";
  section.querySelector(".drop").after(element("where"));
  const sources = { page: new Source(section), server: new Server() };
  const where = () => sources[document.querySelector("[name=where]:checked").value];
  let last = [];
  const source = {
    take: (files) => where().take((last = files)),
    open: (file) => where().open(file),
  };
  const decode = start(section, source);
  element("where").addEventListener("change", () => last.length && decode(last));
  everywhere((file) => {
    if (!file.name?.endsWith(".imgc")) return take(file);
    section.scrollIntoView();
    decode([file]);
  });
}
