// What waits for a signal, and what the platform refused: kept until the carer has read why.
import { dismiss, mine, send } from "./outbox.js";
import { draw, show } from "./screen.js";
import { clockTime, dayWord, word } from "./words.js";

export async function showUnsent() {
  const [waiting, refused] = [await mine("waiting"), await mine("refused")];
  const view = draw("unsent", {
    refused: refused.map((row) => entry(row, { words: row.words, read: () => dismiss(row.client_id) })),
    waiting: waiting.map((row) => entry(row, {})),
    send: waiting.length > 0 && (() => send()),
    none: !waiting.length && !refused.length,
  });
  show(word("unsent"), view);
}

const entry = (row, more) =>
  draw("entry", { about: row.about, at: `${dayWord(row.device_time)} ${clockTime(row.device_time)}`, ...more });

// The bar on top: what the carer has to know about signal and outbox, in one line.
export async function drawBar(hasSignal) {
  const [waiting, refused] = [(await mine("waiting")).length, (await mine("refused")).length];
  const parts = [
    !hasSignal && word(navigator.onLine ? "no-platform" : "no-signal"),
    waiting && word("waiting", { count: waiting }),
    refused && word("refused", { count: refused }),
  ].filter(Boolean);
  const bar = document.getElementById("bar");
  bar.hidden = !parts.length;
  bar.classList.toggle("urgent", refused > 0);
  bar.firstElementChild.textContent = parts.join(" · ");
}
