/** Parses an .imgc file; codec/container.py defines and explains the format. */
import { crc32 } from "imgc/checksum.js";
import { InputError, damaged } from "imgc/errors.js";
import { inflate } from "imgc/inflate.js";

const VERSION = 2;
const LARGEST_BLOCK = 4096; // images
const [MANY_IMAGES, IMAGES_A_BYTE] = [2 ** 18, 4]; // in a small file; in a larger one
const LARGEST_NAMES = 2 ** 26; // bytes
const [NAMES_A_BYTE, BYTES_A_BYTE] = [4, 512]; // limits on inflating names
const NAMED = 4;
const TRAILER = 8; // bytes

/**
 * The parts of a file, a Uint8Array:
 *     codec     8 hex digits, the start of the codec's id
 *     quality   1..100
 *     shape     [height, width, channels] of every image
 *     block     images in each block but the last
 *     count     images
 *     names     relative paths, one an image, or null
 *     sizes     images in each block
 *     payload(number), check(number, symbols)   for a block
 *
 * Throws InputError for anything but a whole file of this version.
 */
export async function read(file) {
  const start = new Fields(file, file.length);
  const { named, ...header } = readHeader(start);
  const seed = crc32(file.subarray(0, start.position));
  const bytes = footerOf(file, start.position, seed);
  const footer = new Fields(bytes, file.length);
  const count = footer.varint();
  // A block takes at least five bytes, so a short file cannot claim many images.
  if (count < 1 || count > header.block * Math.floor(bytes.length / 5)) {
    throw damaged(`${count} images in an index of ${bytes.length} bytes`);
  }
  if (count > Math.max(MANY_IMAGES, IMAGES_A_BYTE * file.length)) {
    const fix = "If you trust it, decompress it with the command line.";
    throw new InputError(`at most ${MANY_IMAGES} images in a small file`, count, fix);
  }
  const sizes = [];
  const checksums = [];
  const positions = [start.position];
  for (let first = 0; first < count; first += header.block) {
    sizes.push(Math.min(header.block, count - first));
    positions.push(positions.at(-1) + footer.varint());
    checksums.push(littleEndian(footer.take(4)));
  }
  const rest = bytes.subarray(footer.position);
  if (positions.at(-1) + bytes.length + TRAILER !== file.length) {
    throw damaged(`payloads up to ${positions.at(-1)} in ${file.length} bytes`);
  }
  if (!named && rest.length) throw damaged(`${rest.length} bytes after its index`);
  const names = named ? await readNames(rest, count) : null;
  const payload = (number) => file.subarray(positions[number], positions[number + 1]);
  const check = (number, symbols) => {
    const written = new Uint8Array(symbols.buffer, symbols.byteOffset, symbols.byteLength);
    if (crc32(payload(number), crc32(written, seed)) !== checksums[number]) {
      throw damaged(`block ${number} fails its checksum`);
    }
  };
  return { ...header, count, names, sizes, payload, check };
}

function readHeader(start) {
  const magic = new TextDecoder("latin1").decode(start.take(4));
  if (magic !== "IMGC") {
    throw new InputError("an .imgc file", `one that begins with ${JSON.stringify(magic)}`, "Choose another file.");
  }
  const [version] = start.take(1);
  if (version !== VERSION) {
    const fix = "Use the release that wrote it.";
    throw new InputError(`version ${VERSION} of the .imgc format`, version, fix);
  }
  const codec = Array.from(start.take(4), (byte) => byte.toString(16).padStart(2, "0")).join("");
  const [form, quality] = start.take(2);
  const [height, width, channels, block] = [0, 0, 0, 0].map(() => start.varint());
  if (form > 7 || block < 1 || block > LARGEST_BLOCK) throw damaged(`form ${form}, blocks of ${block}`);
  if (quality < 1 || quality > 100) throw damaged(`quality ${quality}`);
  return { codec, quality, shape: [height, width, channels], block, named: Boolean(form & NAMED) };
}

function footerOf(file, start, seed) {
  const end = file.length - TRAILER;
  if (end < start) throw damaged(`it ends after ${file.length} bytes`);
  const size = littleEndian(file.subarray(end, end + 4));
  if (size > end - start) throw damaged(`a footer of ${size} bytes in ${file.length}`);
  const footer = file.subarray(end - size, end);
  if (crc32(footer, seed) !== littleEndian(file.subarray(end + 4))) {
    throw damaged("header or footer fails its checksum");
  }
  return footer;
}

async function readNames(packed, count) {
  if (count > NAMES_A_BYTE * packed.length) throw damaged(`${count} names in ${packed.length} bytes`);
  let names;
  try {
    const joined = await inflate(packed, Math.min(LARGEST_NAMES, BYTES_A_BYTE * packed.length));
    names = new TextDecoder("utf-8", { fatal: true }).decode(joined).split("\0");
  } catch (error) {
    throw new InputError("names of images", error.message, "The file is damaged. Get it again.");
  }
  if (names.length !== count) throw damaged(`${names.length} names for ${count} images`);
  return names;
}

function littleEndian(bytes) {
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
}

/** Takes fields from the front of `bytes`, a part of a file of `length` bytes. */
class Fields {
  constructor(bytes, length) {
    Object.assign(this, { bytes, length, position: 0 });
  }

  take(length) {
    if (length > this.bytes.length - this.position) {
      throw damaged(`it ends too early, after ${this.length} bytes`);
    }
    this.position += length;
    return this.bytes.subarray(this.position - length, this.position);
  }

  /** LEB128 of at most 42 bits: more than shifts of 32-bit integers can hold. */
  varint() {
    for (let number = 0, unit = 1; unit < 2 ** 42; unit *= 128) {
      const [byte] = this.take(1);
      number += (byte & 127) * unit;
      if (byte < 128) return number;
    }
    throw damaged("a number of more than 42 bits");
  }
}
