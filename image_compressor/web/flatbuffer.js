/**
 * A table of a FlatBuffers file. Fields are found by their number in the schema; a field that is
 * missing in the file has its default.
 */
export class Table {
  /** A table without any field. */
  static EMPTY = new Table(new DataView(new Uint8Array([4, 0, 0, 0, 4, 0, 0, 0]).buffer), 4);

  constructor(view, place) {
    Object.assign(this, { view, place });
  }

  /** The table that a file starts with. */
  static root(buffer) {
    const view = new DataView(buffer);
    return new Table(view, view.getUint32(0, true));
  }

  byte(field, absent = 0) {
    const place = this.#find(field);
    return place ? this.view.getInt8(place) : absent;
  }

  int(field, absent = 0) {
    const place = this.#find(field);
    return place ? this.view.getInt32(place, true) : absent;
  }

  float(field, absent = 0) {
    const place = this.#find(field);
    return place ? this.view.getFloat32(place, true) : absent;
  }

  table(field) {
    const place = this.#find(field);
    return place ? new Table(this.view, this.#follow(place)) : null;
  }

  tables(field) {
    return this.#vector(field, 4, (place) => new Table(this.view, this.#follow(place)));
  }

  /** A vector of 32-bit integers, or null. */
  ints(field) {
    return this.#find(field) ? this.#vector(field, 4, (place) => this.view.getInt32(place, true)) : null;
  }

  /** A vector of bytes, copied so that typed arrays of any width can view it. */
  bytes(field) {
    const place = this.#find(field);
    if (!place) return new Uint8Array();
    const start = this.#follow(place);
    return new Uint8Array(this.view.buffer.slice(start + 4, start + 4 + this.view.getUint32(start, true)));
  }

  #vector(field, size, element) {
    const place = this.#find(field);
    if (!place) return [];
    const start = this.#follow(place);
    const length = this.view.getUint32(start, true);
    return Array.from({ length }, (_, number) => element(start + 4 + size * number));
  }

  #follow(place) {
    return place + this.view.getUint32(place, true);
  }

  #find(field) {
    const fields = this.place - this.view.getInt32(this.place, true);
    const entry = 4 + 2 * field;
    if (entry >= this.view.getUint16(fields, true)) return 0;
    const offset = this.view.getUint16(fields + entry, true);
    return offset && this.place + offset;
  }
}
