// Shows a tooltip for the point under the pointer, or with the focus.
const NEAR = 28; // pixels
const chart = document.getElementById("curves");
const tip = chart.querySelector(".tip");

const centre = (point) => {
  const box = point.getBoundingClientRect();
  return [box.x + box.width / 2, box.y + box.height / 2];
};

function show(point) {
  chart.querySelector(".point.active")?.classList.remove("active");
  tip.hidden = !point;
  if (!point) return;
  point.classList.add("active");
  tip.textContent = point.getAttribute("aria-label");
  const [x, y] = centre(point);
  const box = chart.getBoundingClientRect();
  const left = Math.min(Math.max(0, x - box.x - tip.offsetWidth / 2), box.width - tip.offsetWidth);
  const above = y - box.y - tip.offsetHeight - 14;
  tip.style.left = `${left}px`;
  tip.style.top = `${above < 0 ? y - box.y + 14 : above}px`;
}

function nearest({ clientX, clientY }) {
  let best = null, distance = NEAR;
  for (const point of chart.querySelectorAll(".point")) {
    if (!point.checkVisibility()) continue;
    const [x, y] = centre(point);
    const away = Math.hypot(x - clientX, y - clientY);
    if (away < distance) [best, distance] = [point, away];
  }
  return best;
}

chart.addEventListener("pointermove", (event) => show(nearest(event)));
chart.addEventListener("pointerdown", (event) => show(nearest(event)));
chart.addEventListener("pointerleave", (event) => event.pointerType === "mouse" && show(null));
chart.addEventListener("focusin", (event) => event.target.matches(".point") && show(event.target));
chart.addEventListener("focusout", () => show(null));
// Left and right move along a curve; Tab moves from curve to curve.
chart.addEventListener("keydown", (event) => {
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (!step || !event.target.matches(".point")) return;
  const [, curve, number] = event.target.id.match(/^(.*):(\d+)$/);
  document.getElementById(`${curve}:${Number(number) + step}`)?.focus();
  event.preventDefault();
});

document.getElementById("sheets").addEventListener("change", (event) => {
  chart.classList.toggle("no-sheets", !event.target.checked);
});

document.getElementById("metrics")?.addEventListener("change", ({ target }) => {
  show(null);
  for (const drawn of chart.querySelectorAll("[data-metric]")) {
    drawn.hidden = drawn.dataset.metric !== target.value;
  }
});

// Shows an image, its original and their difference, enlarged.
const STRONGER = 8;
const dialog = document.getElementById("zoom");
let shown = null;

function pixels(image) {
  const canvas = new OffscreenCanvas(image.naturalWidth, image.naturalHeight);
  const context = canvas.getContext("2d");
  context.drawImage(image, 0, 0);
  return context.getImageData(0, 0, canvas.width, canvas.height);
}

function subtract(original, image, canvas) {
  const [result, other] = [pixels(original), pixels(image)];
  for (let index = 0; index < result.data.length; index += 1) {
    if (index % 4 === 3) continue; // opacity
    result.data[index] = STRONGER * Math.abs(result.data[index] - other.data[index]);
  }
  [canvas.width, canvas.height] = [result.width, result.height];
  canvas.getContext("2d").putImageData(result, 0, 0);
}

function enlarge(button) {
  shown = button;
  const original = button.closest(".row").querySelector("img");
  const images = [original, button.querySelector("img")];
  dialog.querySelectorAll("figure").forEach((figure, number) => {
    figure.hidden = number > 0 && images[1] === original;
    const [image, from] = [figure.querySelector("img"), images[number]];
    if (!from) return;
    image.src = from.src;
    image.alt = from.alt;
    figure.querySelector("figcaption").textContent = [from.alt, from.dataset.note].filter(Boolean).join(": ");
  });
  subtract(...images, dialog.querySelector("canvas"));
  if (!dialog.open) dialog.showModal();
}

for (const button of document.querySelectorAll(".zoom")) {
  button.addEventListener("click", () => enlarge(button));
}

function step(by) {
  const row = [...shown.closest(".row").querySelectorAll(".zoom")];
  const next = row[row.indexOf(shown) + by];
  if (next) enlarge(next);
}

dialog.addEventListener("keydown", ({ key }) => step({ ArrowRight: 1, ArrowLeft: -1 }[key] ?? 0));
dialog.addEventListener("click", ({ target }) => {
  if (target === dialog) dialog.close();
  if (target.value) step(Number(target.value));
});
dialog.addEventListener("close", () => shown.focus());
