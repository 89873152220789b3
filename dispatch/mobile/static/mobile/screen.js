// Draws templates of the shell. Texts only ever become text: nothing that came from elsewhere is read as markup.
import { word } from "./words.js";

const main = document.getElementById("content");
const sheetBox = document.getElementById("sheet");
const said = document.getElementById("said");
const SAID = 5000; // milliseconds a sentence stays
let drawn = "";
let hush = null;

// A copy of a template. `values` by name: a text or number is shown, a node or a list of nodes put in, a function called at a
// tap; what is missing or an empty list hides its element.
export function draw(name, values = {}) {
  const copy = document.getElementById(`t-${name}`).content.cloneNode(true);
  // Links first: what is put in below has its own.
  for (const element of copy.querySelectorAll("[data-href]")) element.href = values[element.dataset.href];
  for (const element of copy.querySelectorAll("[data-is]")) put(element, values[element.dataset.is]);
  return copy;
}

function put(element, value) {
  const isMissing = value === undefined || value === null || value === false || value === "";
  if (isMissing || (Array.isArray(value) && !value.length)) element.hidden = true;
  else if (typeof value === "function") element.addEventListener("click", value);
  else if (value instanceof Node) element.replaceChildren(value);
  else if (Array.isArray(value)) element.replaceChildren(...value);
  else if (value !== true) element.textContent = value;
}

export const drawAll = (name, rows, values) => rows.map((row, index) => draw(name, values(row, index)));

// A status as word and shape, drawn by the server as on every other screen.
export const state = (status) => document.getElementById(`state-${status}`).content.cloneNode(true);

// Shows a view, unless it looks the same as what is there: then scroll and focus stay where they are.
export function show(title, view) {
  const shell = document.createElement("div");
  shell.append(view);
  document.getElementById("title").textContent = title;
  const signature = location.hash + shell.innerHTML;
  const isNew = drawn.split("\u0000")[0] !== location.hash;
  if (drawn === `${location.hash}\u0000${signature}`) return;
  drawn = `${location.hash}\u0000${signature}`;
  const focused = main.contains(document.activeElement) ? document.activeElement.dataset.is : null;
  main.replaceChildren(...shell.childNodes);
  if (isNew) scrollTo(0, 0);
  if (focused) main.querySelector(`[data-is="${focused}"]`)?.focus();
}

// One sentence that needs no answer, read out too, gone after a while.
export function say(text, tone = "") {
  said.textContent = text;
  said.className = `notice ${tone}`;
  said.hidden = false;
  clearTimeout(hush);
  hush = setTimeout(() => (said.hidden = true), SAID);
}

// A sheet from below, over everything; it closes by its own button, by Esc, and by `closeSheet`.
export function sheet(name, values = {}) {
  sheetBox.replaceChildren(draw(name, { close: closeSheet, ...values }));
  if (!sheetBox.open) sheetBox.showModal();
  return sheetBox;
}

export const closeSheet = () => sheetBox.close();

// Runs a slow tap once: the button says what it waits for and cannot be tapped again.
export async function busy(button, name, work) {
  const label = button.textContent;
  button.disabled = true;
  button.textContent = word(name);
  try {
    return await work();
  } finally {
    button.disabled = false;
    button.textContent = label;
  }
}
