/** Bad input, described in one line: the expected value, the received one, and what to do. */
export class InputError extends Error {
  constructor(expected, received, fix) {
    super(`Expected ${expected}. Received: ${received}. ${fix}`);
    this.name = "InputError";
  }
}

/** The error for a damaged or truncated file. */
export function damaged(what) {
  return new InputError("a whole .imgc file", what, "It is damaged or truncated. Get it again.");
}

/** The error for a decoder that only the command line can run. */
export function unsupported(what) {
  const fix = "Decompress with the command line. The browser runs float32, float16 and most layers.";
  return new InputError("a decoder that can run in the browser", what, fix);
}
