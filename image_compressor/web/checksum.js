/** CRC-32 as in zlib and PNG. */

const TABLE = Uint32Array.from({ length: 256 }, (_, value) => {
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value;
});

/** The CRC-32 of a Uint8Array, continued from the CRC-32 of preceding data. */
export function crc32(bytes, seed = 0) {
  let value = ~seed;
  for (let position = 0; position < bytes.length; position++) {
    value = (value >>> 8) ^ TABLE[(value ^ bytes[position]) & 255];
  }
  return ~value >>> 0;
}
