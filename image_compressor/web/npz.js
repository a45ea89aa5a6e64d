/** NumPy's .npz: a ZIP of .npy files. */
import { inflate } from "imgc/inflate.js";

const TYPES = { "<f4": Float32Array, "<i4": Int32Array, "<u4": Uint32Array, "<u2": Uint16Array };
const [END, END_SIZE, ENTRY] = [0x06054b50, 22, 0x02014b50];
const [SMALL, BYTES_A_BYTE] = [2 ** 22, 64]; // limits on inflated bytes

/** An ArrayBuffer -> {name: {shape, data: typed array}}. Throws for a file that NumPy did not write. */
export async function read(buffer) {
  const view = new DataView(buffer);
  const end = buffer.byteLength - END_SIZE;
  if (end < 0 || view.getUint32(end, true) !== END) throw new Error("not a ZIP file, or truncated");
  const arrays = {};
  let room = Math.max(SMALL, BYTES_A_BYTE * buffer.byteLength);
  let position = view.getUint32(end + 16, true);
  for (let left = view.getUint16(end + 10, true); left; left--) {
    if (view.getUint32(position, true) !== ENTRY) throw new Error("a corrupt ZIP directory");
    const [method, size] = [view.getUint16(position + 10, true), view.getUint32(position + 20, true)];
    const lengths = [28, 30, 32].map((offset) => view.getUint16(position + offset, true));
    const name = new TextDecoder().decode(new Uint8Array(buffer, position + 46, lengths[0]));
    const local = view.getUint32(position + 42, true);
    const start = local + 30 + view.getUint16(local + 26, true) + view.getUint16(local + 28, true);
    const packed = new Uint8Array(buffer, start, size);
    const bytes = method ? await inflate(packed, room) : packed.slice();
    room -= bytes.length;
    const key = name.replace(/\.npy$/, "");
    if (Object.hasOwn(arrays, key) || room < 0) throw new Error(`${name}: duplicate, or too large`);
    arrays[key] = readArray(bytes);
    position += 46 + lengths[0] + lengths[1] + lengths[2];
  }
  return arrays;
}

function readArray(bytes) {
  const view = new DataView(bytes.buffer);
  const long = bytes[6] > 1; // version 2 allows long headers
  const start = long ? 12 : 10;
  const length = long ? view.getUint32(8, true) : view.getUint16(8, true);
  const header = new TextDecoder("latin1").decode(bytes.subarray(start, start + length));
  const Type = TYPES[/'descr': '(.*?)'/.exec(header)[1]];
  if (!Type || !header.includes("'fortran_order': False")) throw new Error(`an array ${header}`);
  const shape = /'shape': \((.*?)\)/.exec(header)[1].split(",").filter((size) => size.trim()).map(Number);
  return { shape, data: new Type(bytes.buffer.slice(start + length)) };
}
