/** Images that a file stores as WebP, AVIF or PNG; codec/file/stored_files.py explains them. */
import { damaged } from "imgc/errors.js";

const TYPES = { 1: "image/webp", 2: "image/webp", 3: "image/avif", 4: "image/png" };
const CHUNKS = { 1: "VP8 ", 2: "VP8L" }; // of a WebP, whose other bytes are not stored

/** The pixels of a file, as the browser decodes it: Uint8Array [height * width * channels]. */
export async function decodeFile(kind, content, [height, width, channels]) {
  if (!TYPES[kind]) throw damaged(`a stored file of kind ${kind}`);
  let picture;
  try {
    const blob = new Blob(whole(kind, content), { type: TYPES[kind] });
    picture = await createImageBitmap(blob, { colorSpaceConversion: "none" });
  } catch {
    throw damaged(`a stored ${TYPES[kind]} file that this browser cannot decode`);
  }
  if (picture.height !== height || picture.width !== width) {
    throw damaged(`a stored file of ${picture.width}x${picture.height} pixels`);
  }
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext("2d");
  context.drawImage(picture, 0, 0);
  const { data } = context.getImageData(0, 0, width, height);
  const pixels = new Uint8Array(height * width * channels);
  for (let position = 0; position < pixels.length; position++) {
    pixels[position] = data[4 * Math.floor(position / channels) + (position % channels)];
  }
  return pixels;
}

/** The parts of the file as other programs read it. */
function whole(kind, content) {
  if (!CHUNKS[kind]) return [content];
  const padding = new Uint8Array(content.length % 2);
  const head = new Uint8Array(20);
  const view = new DataView(head.buffer);
  new TextEncoder().encodeInto("RIFF", head);
  view.setUint32(4, 12 + content.length + padding.length, true);
  new TextEncoder().encodeInto(`WEBP${CHUNKS[kind]}`, head.subarray(8));
  view.setUint32(16, content.length, true);
  return [head, content, padding];
}
