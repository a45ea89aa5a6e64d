/** The table of the bytes that other codecs need for the same SSIM. */
import { post } from "/page/ask.js";

const DELAY = 300; // milliseconds after the last stroke

const table = document.getElementById("rivals");
const summary = document.getElementById("summary");
let timer;
let question = new AbortController();

/** Requests the rivals for a response of /compress, once drawing has stopped. */
export function compare(image, ours) {
  outdate();
  timer = setTimeout(ask, DELAY, image, ours);
}

async function ask(image, ours) {
  question = new AbortController();
  try {
    const { rivals } = await post(`/compare?ssim=${ours.ssim}`, image, question.signal);
    show(ours, rivals);
  } catch (error) {
    if (error.name !== "AbortError") summary.textContent = error.message;
  }
}

/** Marks the table as outdated, because the image has changed. */
function outdate() {
  clearTimeout(timer);
  question.abort();
  table.classList.add("stale");
}

export function clear() {
  outdate();
  table.hidden = true;
  summary.textContent = "Draw or choose an image first.";
}

function show(ours, rivals) {
  const rows = [
    { name: "this codec", bytes: ours.bytes, ssim: ours.ssim, own: true },
    { name: "image alone", bytes: ours.payload, ssim: ours.ssim, own: true },
    ...rivals,
  ];
  const most = Math.max(...rows.map(({ bytes }) => bytes ?? 0));
  table.tBodies[0].replaceChildren(...rows.map((row) => rowOf(row, most)));
  table.hidden = false;
  table.classList.remove("stale");
  const best = rivals.filter(({ bytes }) => bytes).sort((a, b) => a.bytes - b.bytes)[0];
  summary.textContent = best
    ? `${ours.bytes} bytes at SSIM ${ours.ssim.toFixed(3)}. The smallest of the others, ${best.name}, needs ${best.bytes} at ${best.ssim.toFixed(3)}.`
    : `${ours.bytes} bytes at SSIM ${ours.ssim.toFixed(3)}, which none of the other codecs reaches.`;
}

function rowOf({ name, bytes, ssim, own }, most) {
  const row = document.createElement("tr");
  row.classList.toggle("ours", Boolean(own));
  const cells = [
    cell("th", name, "", "row"),
    cell("td", bytes ?? "not reached", "number"),
    cell("td", ssim?.toFixed(3) ?? "", "number"),
    cell("td", "", "bars"),
  ];
  if (bytes) {
    const bar = Object.assign(document.createElement("div"), { className: "bar" });
    bar.style.width = `${(100 * bytes) / most}%`;
    cells[3].append(bar);
  }
  row.append(...cells);
  return row;
}

function cell(kind, text, className, scope) {
  const made = Object.assign(document.createElement(kind), { textContent: text, className });
  if (scope) made.scope = scope;
  return made;
}
