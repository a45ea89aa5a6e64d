/** A sketch pad with the proportions of the codec's images, for mouse, touch, pen and keyboard. */

const SIDE = 320; // approximate width in canvas pixels
const STROKE = 0.085; // share of the width, like the strokes of MNIST digits
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

export class Pad {
  #cursor;
  #last = null; // previous position of the pen
  #keyDown = false;

  /** `changed` is called after every stroke of the pen. */
  constructor(canvas, { width, height }, changed) {
    this.scale = Math.max(1, Math.round(SIDE / Math.max(width, height)));
    Object.assign(this, { canvas, width, height, changed, ink: "#ffffff", empty: true });
    canvas.width = width * this.scale;
    canvas.height = height * this.scale;
    this.context = canvas.getContext("2d", { willReadFrequently: true });
    this.#cursor = { x: canvas.width / 2, y: canvas.height / 2 };
    this.#moveCursor();
    this.clear();
    canvas.addEventListener("pointerdown", (event) => this.#press(event));
    canvas.addEventListener("pointermove", (event) => this.#move(event));
    for (const kind of ["pointerup", "pointercancel"]) {
      canvas.addEventListener(kind, (event) => event.isPrimary && (this.#last = null));
    }
    canvas.addEventListener("keydown", (event) => this.#key(event));
    canvas.addEventListener("keyup", (event) => (this.#keyDown &&= event.key !== " "));
    canvas.addEventListener("blur", () => (this.#keyDown = false));
  }

  clear() {
    this.context.fillStyle = "#000000";
    this.context.fillRect(0, 0, this.canvas.width, this.canvas.height);
    this.empty = true;
  }

  /** Shows an image to draw on. */
  show(image) {
    this.context.imageSmoothingEnabled = false;
    this.context.drawImage(image, 0, 0, this.canvas.width, this.canvas.height);
    this.empty = false;
  }

  /** The sketch as a PNG file in the codec's size; each pixel is the mean of those it covers. */
  async blob() {
    const { canvas, scale, width, height } = this;
    const { data } = this.context.getImageData(0, 0, canvas.width, canvas.height);
    const small = new ImageData(width, height);
    for (let position = 0; position < small.data.length; position++) {
      const [x, y] = [(position >> 2) % width, Math.floor((position >> 2) / width)];
      let sum = 0;
      for (let row = y * scale; row < (y + 1) * scale; row++) {
        const start = 4 * (row * canvas.width + x * scale) + (position & 3);
        for (let step = 0; step < scale; step++) sum += data[start + 4 * step];
      }
      small.data[position] = Math.round(sum / scale ** 2);
    }
    const page = Object.assign(document.createElement("canvas"), { width, height });
    page.getContext("2d").putImageData(small, 0, 0);
    return new Promise((resolve) => page.toBlob(resolve, "image/png"));
  }

  #press(event) {
    if (event.button || !event.isPrimary) return; // ignores a second finger
    this.canvas.setPointerCapture(event.pointerId);
    this.#last = this.#position(event);
    this.#line(this.#last, this.#last);
  }

  #move(event) {
    if (!this.#last || !event.isPrimary) return;
    const passed = event.getCoalescedEvents?.() ?? [];
    for (const one of passed.length ? passed : [event]) {
      const position = this.#position(one);
      this.#line(this.#last, position);
      this.#last = position;
    }
  }

  #key(event) {
    if (event.key in ARROWS) {
      const step = this.scale * (event.shiftKey ? 4 : 1);
      const [x, y] = ARROWS[event.key].map((direction) => direction * step);
      const from = { ...this.#cursor };
      this.#cursor.x = Math.min(Math.max(from.x + x, 0), this.canvas.width);
      this.#cursor.y = Math.min(Math.max(from.y + y, 0), this.canvas.height);
      this.#moveCursor();
      if (this.#keyDown) this.#line(from, this.#cursor);
    } else if (event.key === " ") {
      this.#keyDown = true;
      if (!event.repeat) this.#line(this.#cursor, this.#cursor);
    } else if (event.key === "Delete" || event.key === "Backspace") {
      this.clear();
      this.changed();
    } else return;
    event.preventDefault();
  }

  #line(from, to) {
    const { context } = this;
    Object.assign(context, { strokeStyle: this.ink, lineCap: "round", lineWidth: STROKE * this.canvas.width });
    context.beginPath();
    context.moveTo(from.x, from.y);
    context.lineTo(to.x, to.y);
    context.stroke();
    this.empty = false;
    this.changed();
  }

  #position(event) {
    const box = this.canvas.getBoundingClientRect();
    const scale = this.canvas.width / box.width;
    return { x: (event.clientX - box.left) * scale, y: (event.clientY - box.top) * scale };
  }

  #moveCursor() {
    const { style } = this.canvas.nextElementSibling;
    style.left = `${(100 * this.#cursor.x) / this.canvas.width}%`;
    style.top = `${(100 * this.#cursor.y) / this.canvas.height}%`;
  }
}
