/** Bad input. Its text is one line: what was expected, what was received, what to do. */
export class InputError extends Error {
  constructor(expected, received, fix) {
    super(`Expected ${expected}. Received: ${received}. ${fix}`);
    this.name = "InputError";
  }
}

/** The error for a file that is not as it was written. */
export function damaged(what) {
  return new InputError("a whole .imgc file", what, "It is damaged or cut short: get it again.");
}

/** The error for a decoder that the command line runs and this does not. */
export function unsupported(what) {
  const fix = "Decompress with the command line. In the browser float32, float16 and most layers run.";
  return new InputError("a decoder that can run in the browser", what, fix);
}
