/** The optional parts of a footer; codec/file/sections.py defines and explains them. */
import { damaged } from "imgc/errors.js";
import { inflate } from "imgc/inflate.js";
import { RangeDecoder, cumulative } from "imgc/range.js";

export const STORED = 0; // the "quality" of an image that is stored as a file
const [QUALITY, FILES, SIZES, PADDING] = [1, 2, 3, 4];
const OPTIONAL = 128; // unknown tags from here on are skipped
const PRECISION = 16; // bits: frequencies sum to 2 ** PRECISION
const SCALES = ["letterbox", "stretch"];
const LARGEST_IMAGE = 2 ** 28; // pixels

/**
 * Reads the sections from `fields`, for `count` images; without `fields` there are none:
 *     qualities   Uint8Array [count]: 1..100, or STORED
 *     files       {kind, bytes, checksum} of each image that is a file, in order
 *     fit, own    how images were scaled, and the [height, width] that each had before; or null
 *     padding     bytes between the last payload and the footer
 */
export async function readSections(fields, count, quality) {
  const parts = fields ? split(fields) : {};
  const qualities = parts[QUALITY] ? readQualities(parts[QUALITY], count) : new Uint8Array(count).fill(quality);
  const stored = qualities.reduce((sum, value) => sum + (value === STORED), 0);
  const files = [];
  const of = parts[FILES] ?? fieldsOf(new Uint8Array());
  for (let number = 0; number < stored; number++) {
    files.push({ kind: of.byte(), bytes: of.varint(), checksum: of.uint32() });
  }
  if (of.rest().length) throw damaged("more files than images that are files");
  const { fit, own } = parts[SIZES] ? await readSizes(parts[SIZES], count) : { fit: null, own: null };
  return { qualities, files, fit, own, padding: parts[PADDING]?.varint() ?? 0 };
}

function split(fields) {
  const parts = {};
  for (let left = fields.varint(); left > 0; left--) {
    const tag = fields.byte();
    const content = fields.take(fields.varint());
    if (parts[tag]) throw damaged(`two sections ${tag}`);
    if ([QUALITY, FILES, SIZES, PADDING].includes(tag)) parts[tag] = fieldsOf(content);
    else if (tag < OPTIONAL) throw damaged(`a section ${tag}, which needs a newer version`);
  }
  return parts;
}

function readQualities(fields, count) {
  const [values, counts] = [[], []];
  for (let left = Math.min(fields.varint(), 102); left > 0; left--) {
    values.push(fields.byte());
    counts.push(fields.varint());
  }
  const rising = values.every((value, n) => value <= 100 && (n === 0 || value > values[n - 1]));
  const total = counts.reduce((sum, number) => sum + number, 0);
  const rest = fields.rest();
  if (!values.length || !rising || total !== count || counts.includes(0) || rest.length % 4) {
    throw damaged(`qualities ${values.slice(0, 9)} of ${count} images`);
  }
  if (values.length === 1) return new Uint8Array(count).fill(values[0]);
  const [decoder, model] = [new RangeDecoder(rest), cumulative(frequencies(counts))];
  const left = [...counts];
  const qualities = Uint8Array.from({ length: count }, () => {
    const position = decoder.categorical(model);
    left[position]--;
    return values[position];
  });
  if (left.some(Boolean)) throw damaged("qualities other than their counts");
  return qualities;
}

/** Frequencies out of 2 ** PRECISION, at least 1 each, in proportion to the counts. */
function frequencies(counts) {
  const total = counts.reduce((sum, number) => sum + number, 0);
  const spare = 2 ** PRECISION - counts.length;
  const shares = counts.map((count) => 1 + Math.floor((count * spare) / total));
  const missing = 2 ** PRECISION - shares.reduce((sum, share) => sum + share, 0);
  shares[counts.indexOf(Math.max(...counts))] += missing;
  return shares;
}

async function readSizes(fields, count) {
  const fit = SCALES[fields.byte()];
  if (!fit) throw damaged("an unknown way of scaling");
  let numbers;
  try {
    numbers = fieldsOf(await inflate(fields.rest(), 12 * count));
  } catch (error) {
    throw damaged(`sizes that cannot be read: ${error.message}`);
  }
  const own = Array.from({ length: count }, () => [numbers.varint(), numbers.varint()]);
  for (const [height, width] of own) {
    if (height * width < 1 || height * width > LARGEST_IMAGE) throw damaged(`an image of ${height}x${width} pixels`);
  }
  return { fit, own };
}

function fieldsOf(bytes) {
  return new Fields(bytes, bytes.length);
}

/** Takes fields from the front of `bytes`, a part of a file of `length` bytes. */
export class Fields {
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

  rest() {
    return this.bytes.subarray(this.position);
  }

  byte() {
    return this.take(1)[0];
  }

  uint32() {
    return littleEndian(this.take(4));
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

export function littleEndian(bytes) {
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
}
