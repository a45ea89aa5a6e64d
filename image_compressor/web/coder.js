/** Payload -> symbols, like codec/coder.py. */
import { damaged } from "imgc/errors.js";
import { RangeDecoder } from "imgc/range.js";

const LENGTH_BITS = 5; // of the length of an escape's gamma code
const HELD = 64; // bits that a range decoder invents after the end
const LOW_BITS = 16; // low bits of an escape, coded before the higher ones

/**
 * The symbols of several groups of latent vectors, {tables, count} each: an Int32Array [count * C]
 * for each group.
 *
 * A group has the class of every vector, then the symbols grouped by table, then the escaped
 * values. Throws InputError for a payload that no encoder wrote.
 */
export function decode(payload, groups) {
  if (payload.length % 4) throw damaged(`a payload of ${payload.length} bytes, not a whole number of 32-bit words`);
  // After the end of a shorter payload, the decoder would invent symbols without limit.
  const least = groups.reduce((bits, { tables, count }) => bits + count * tables.least, 0);
  if (8 * payload.length + HELD < least) throw damaged(`a payload of ${payload.length} bytes, where ${Math.ceil(least / 8)} are the fewest`);
  const decoder = new RangeDecoder(payload);
  return groups.map(({ tables, count }) => decodeGroup(decoder, tables, count));
}

function decodeGroup(decoder, tables, count) {
  const { bank, channels } = tables;
  const classes = new Uint16Array(count);
  if (tables.classes.length > 1) {
    for (let vector = 0; vector < count; vector++) classes[vector] = decoder.categorical(tables.model);
  }
  const symbols = new Int32Array(count * channels);
  const escaped = [];
  for (const [table, members] of groupsByTable(tables, classes)) {
    const [model, minimum, escape] = [bank.model(table), bank.minimums[table], bank.lengths[table] - 1];
    for (const member of members) {
      const position = decoder.categorical(model);
      symbols[member] = minimum + position;
      if (position === escape) escaped.push(member);
    }
  }
  const values = decodeEscapes(decoder, escaped.length);
  escaped.forEach((member, number) => (symbols[member] = values[number]));
  for (let member = 0; member < symbols.length; member++) {
    const position = classes[Math.floor(member / channels)] * channels + (member % channels);
    symbols[member] += tables.offsets[position];
  }
  return symbols;
}

/** [table, positions of the flat symbols that it codes], sorted by table and position. */
function* groupsByTable(tables, classes) {
  const { index, channels, bank } = tables;
  const used = new Uint16Array(classes.length * channels);
  const starts = new Uint32Array(bank.lengths.length + 1);
  for (let vector = 0, member = 0; vector < classes.length; vector++) {
    for (let channel = 0; channel < channels; channel++, member++) {
      used[member] = index[classes[vector] * channels + channel];
      starts[used[member] + 1]++;
    }
  }
  for (let table = 1; table < starts.length; table++) starts[table] += starts[table - 1];
  const order = new Uint32Array(used.length);
  const next = starts.slice();
  for (let member = 0; member < used.length; member++) order[next[used[member]]++] = member;
  for (let table = 0; table < starts.length - 1; table++) {
    if (starts[table] < starts[table + 1]) {
      yield [table, order.subarray(starts[table], starts[table + 1])];
    }
  }
}

/** Elias gamma codes of 2n + 1 for n >= 0 and of -2n for n < 0: lengths, low bits, high bits. */
function decodeEscapes(decoder, count) {
  const lengths = Array.from({ length: count }, () => decoder.uniform(LENGTH_BITS));
  const low = lengths.map((bits) => decoder.uniform(Math.min(bits, LOW_BITS)));
  const high = lengths.map((bits) => decoder.uniform(Math.max(bits - LOW_BITS, 0)));
  return lengths.map((bits, position) => {
    const number = 2 ** bits + high[position] * 2 ** LOW_BITS + low[position];
    return number % 2 ? (number - 1) / 2 : -number / 2;
  });
}
