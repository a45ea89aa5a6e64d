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

// Shows an image and its original, enlarged.
const dialog = document.getElementById("zoom");
let shown = null;

function enlarge(button) {
  shown = button;
  const original = button.closest(".row").querySelector("img");
  const images = [original, button.querySelector("img")];
  dialog.querySelectorAll("figure").forEach((figure, number) => {
    const [image, from] = [figure.querySelector("img"), images[number]];
    image.src = from.src;
    image.alt = from.alt;
    figure.querySelector("figcaption").textContent = [from.alt, from.dataset.note].filter(Boolean).join(": ");
    figure.hidden = number === 1 && from === original;
  });
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
