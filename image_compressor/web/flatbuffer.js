/**
 * A table of a FlatBuffers file. Fields are found by their number in the schema; a field that is
 * missing in the file has its default.
 */
export class Table {
  /** A table without any field. */
  static EMPTY = new Table(new DataView(new Uint8Array([4, 0, 0, 0, 4, 0, 0, 0]).buffer), 4);

  constructor(view, position) {
    Object.assign(this, { view, position });
  }

  /** The table that a file starts with. */
  static root(buffer) {
    const view = new DataView(buffer);
    return new Table(view, view.getUint32(0, true));
  }

  byte(field, absent = 0) {
    const position = this.#find(field);
    return position ? this.view.getInt8(position) : absent;
  }

  int(field, absent = 0) {
    const position = this.#find(field);
    return position ? this.view.getInt32(position, true) : absent;
  }

  float(field, absent = 0) {
    const position = this.#find(field);
    return position ? this.view.getFloat32(position, true) : absent;
  }

  table(field) {
    const position = this.#find(field);
    return position ? new Table(this.view, this.#follow(position)) : null;
  }

  tables(field) {
    return this.#vector(field, 4, (position) => new Table(this.view, this.#follow(position)));
  }

  /** A vector of 32-bit integers, or null. */
  ints(field) {
    return this.#find(field) ? this.#vector(field, 4, (position) => this.view.getInt32(position, true)) : null;
  }

  /** A vector of bytes, copied so that typed arrays of any width can view it. */
  bytes(field) {
    const position = this.#find(field);
    if (!position) return new Uint8Array();
    const start = this.#follow(position);
    return new Uint8Array(this.view.buffer.slice(start + 4, start + 4 + this.view.getUint32(start, true)));
  }

  #vector(field, size, element) {
    const position = this.#find(field);
    if (!position) return [];
    const start = this.#follow(position);
    const length = this.view.getUint32(start, true);
    return Array.from({ length }, (_, number) => element(start + 4 + size * number));
  }

  #follow(position) {
    return position + this.view.getUint32(position, true);
  }

  #find(field) {
    const fields = this.position - this.view.getInt32(this.position, true);
    const entry = 4 + 2 * field;
    if (entry >= this.view.getUint16(fields, true)) return 0;
    const offset = this.view.getUint16(fields + entry, true);
    return offset && this.position + offset;
  }
}
