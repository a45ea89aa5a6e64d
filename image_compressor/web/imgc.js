/** Parses an .imgc file; codec/file/container.py defines and explains the format. */
import { crc32 } from "imgc/checksum.js";
import { InputError, damaged } from "imgc/errors.js";
import { inflate } from "imgc/inflate.js";
import { Fields, STORED, littleEndian, readSections } from "imgc/sections.js";

const [ONE_SIZE, ANY_SIZE, VERSION] = [2, 3, 4]; // the first two are of older files
const LARGEST_BLOCK = 4096; // images
const [MANY_IMAGES, IMAGES_A_BYTE] = [2 ** 18, 4]; // in a small file; in a larger one
const LARGEST_NAMES = 2 ** 26; // bytes
const [NAMES_A_BYTE, BYTES_A_BYTE] = [4, 512]; // limits on inflating names
const NAMED = 4;
const TRAILER = 8; // bytes
const SECTIONS = 2 ** 31; // added to the size of a footer with sections

/**
 * The parts of a file, a Uint8Array:
 *     codec      8 hex digits, the start of the codec's id
 *     quality    1..100, of most images
 *     shape      [height, width, channels] of every image
 *     block      images in each block but the last
 *     count      images
 *     names      relative paths, one an image, or null
 *     fit, own   how images were scaled, and the [height, width] that each had before; or null
 *     blocks     for each block: qualities, payload, check(symbols), files, which are {kind, content}
 *
 * Throws InputError for anything but a whole file of this version.
 */
export async function read(file) {
  const start = new Fields(file, file.length);
  const { named, version, ...header } = readHeader(start);
  const seed = crc32(file.subarray(0, start.position));
  const { bytes, sectioned } = footerOf(file, start.position, seed, version);
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
  const entries = [];
  for (let first = 0; first < count; first += header.block) {
    entries.push({ first, bytes: footer.varint(), checksum: footer.uint32() });
  }
  const sections = await readSections(sectioned && footer, count, header.quality);
  const [blocks, end] = placed(file, start.position, entries, sections, header, seed);
  if (end + sections.padding + bytes.length + TRAILER !== file.length) {
    throw damaged(`payloads up to ${end} in ${file.length} bytes`);
  }
  const rest = footer.rest();
  if (!named && rest.length) throw damaged(`${rest.length} bytes after its index`);
  const names = named ? await readNames(rest, count) : null;
  const { fit, own } = sections;
  return { ...header, count, names, fit, own, blocks };
}

/** [the blocks, where they end]. */
function placed(file, position, entries, { qualities, files }, { block: size, quality }, seed) {
  const take = (length) => file.subarray(position, (position += length));
  let next = 0;
  const blocks = entries.map(({ first, bytes, checksum }, number) => {
    const own = qualities.subarray(first, first + size);
    const start = own.some((value) => value !== quality) ? crc32(own, seed) : seed;
    const payload = take(bytes);
    const check = (symbols) => {
      const written = new Uint8Array(symbols.buffer, symbols.byteOffset, symbols.byteLength);
      if (crc32(payload, crc32(written, start)) !== checksum) throw damaged(`block ${number} fails its checksum`);
    };
    const stored = own.reduce((sum, quality) => sum + (quality === STORED), 0);
    const contents = files.slice(next, (next += stored)).map((entry) => {
      const content = take(entry.bytes);
      const verified = () => {
        if (crc32(content, crc32(Uint8Array.of(entry.kind), start)) !== entry.checksum) throw damaged(`a stored image of block ${number} fails its checksum`);
        return content;
      };
      return { kind: entry.kind, verified };
    });
    return { qualities: own, payload, check, files: contents };
  });
  return [blocks, position];
}

function readHeader(start) {
  const magic = new TextDecoder("latin1").decode(start.take(4));
  if (magic !== "IMGC") {
    throw new InputError("an .imgc file", `one that begins with ${JSON.stringify(magic)}`, "Choose another file.");
  }
  const version = start.byte();
  if (![ONE_SIZE, ANY_SIZE, VERSION].includes(version)) {
    const fix = "Use the release that wrote it.";
    throw new InputError(`version ${ONE_SIZE} or ${VERSION} of the .imgc format`, version, fix);
  }
  const codec = Array.from(start.take(4), (byte) => byte.toString(16).padStart(2, "0")).join("");
  const [form, quality] = [start.byte(), start.byte()];
  const [height, width, channels, block] = [0, 0, 0, 0].map(() => start.varint());
  if (form > 7 || block < 1 || block > LARGEST_BLOCK) throw damaged(`form ${form}, blocks of ${block}`);
  if (quality < 1 || quality > 100) throw damaged(`quality ${quality}`);
  if (version === ANY_SIZE || (version === VERSION && height === 0 && width === 0)) {
    throw new InputError("images of one size", "images of any size", "Use image-compressor decompress.");
  }
  return { version, codec, quality, shape: [height, width, channels], block, named: Boolean(form & NAMED) };
}

function footerOf(file, start, seed, version) {
  const end = file.length - TRAILER;
  if (end < start) throw damaged(`it ends after ${file.length} bytes`);
  let size = littleEndian(file.subarray(end, end + 4));
  const sectioned = version === VERSION && size >= SECTIONS;
  if (sectioned) size -= SECTIONS;
  if (size > end - start) throw damaged(`a footer of ${size} bytes in ${file.length}`);
  const footer = file.subarray(end - size, end);
  const covered = file.subarray(end - size, version === VERSION ? end + 4 : end);
  if (crc32(covered, seed) !== littleEndian(file.subarray(end + 4))) {
    throw damaged("header or footer fails its checksum");
  }
  return { bytes: footer, sectioned };
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
