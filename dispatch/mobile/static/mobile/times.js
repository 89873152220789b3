// When the carer comes: times offered each week or once, and days away. A change needs signal, because work is given by them.
import { NoSignal, wordsOf } from "./api.js";
import { busy, closeSheet, draw, say, sheet } from "./screen.js";
import { ask, LoggedOut } from "./session.js";
import { newId } from "./store.js";
import { look } from "./work.js";
import { dateWord, dayFromNow, dayOf, fullDate, noonOf, word } from "./words.js";

const DAY = 86_400_000;

export async function refreshTimes() {
  await look("availability", "me/availability/");
  await look("absences", "me/absences/");
}

export const drawOffered = (rows, then) =>
  rows.map((row) => entry(times(row), validity(row), `me/availability/${row.id}/`, "time-gone", then));

export const drawAbsences = (rows, then) =>
  rows.map((row) => entry(days(row), word(row.reason), `me/absences/${row.id}/`, "absence-gone", then));

// Times of each chosen weekday, or of one day.
export function offerTime(then) {
  const box = sheet("offer-time");
  const form = box.querySelector("form");
  const parts = { weekly: form.querySelector("fieldset"), once: form.day.closest(".field") };
  form.day.min = form.day.value = dayFromNow();
  form.often.addEventListener("change", () => {
    for (const [name, part] of Object.entries(parts)) part.hidden = form.often.value !== name;
    form.day.disabled = parts.once.hidden; // what is not seen must not stop the form
  });
  onSubmit(form, async (send) => {
    const span = { start: form.start.value, end: form.end.value === "00:00" ? "24:00" : form.end.value };
    if (form.often.value === "once") return send("me/availability/", { day: form.day.value, ...span });
    const chosen = [...form.weekday].filter((each) => each.checked);
    if (!chosen.length) return word("no-weekday");
    for (const each of chosen) {
      const refusal = await send("me/availability/", { weekday: Number(each.value), ...span });
      if (refusal) return `${word(`weekday-${each.value}`)}: ${refusal}`;
      each.checked = false; // saved: another try must not ask for it again
    }
    return null;
  }, "time-noted", then);
}

// Whole days on the county's clock; the last one ends at the next midnight.
export function goAway(then) {
  const box = sheet("away");
  const form = box.querySelector("form");
  form.first.min = form.last.min = form.first.value = form.last.value = dayFromNow();
  onSubmit(form, (send) => {
    const end = dayOf(Date.parse(noonOf(form.last.value)) + DAY);
    const body = { start: `${form.first.value}T00:00:00`, end: `${end}T00:00:00`, reason: form.reason.value };
    return send("me/absences/", body);
  }, "away-noted", then);
}

function entry(text, more, path, means, then) {
  const row = draw("time", { text, more, "take-back": () => takeBack(text, path, means, then) });
  const button = row.querySelector("button");
  button.setAttribute("aria-label", `${button.textContent} ${text}`);
  return row;
}

function takeBack(text, path, means, then) {
  const box = sheet("take-back", { text, means: word(means) });
  onSubmit(box.querySelector("form"), (send) => send(path, null, "DELETE"), "taken-back", then);
}

// The sheet stays, with all that was typed, until the platform has said yes. `work` gives the refusal's words or nothing.
function onSubmit(form, work, done, then) {
  const refused = form.querySelector("[role=alert]");
  const send = sender();
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    refused.hidden = true;
    try {
      const refusal = await busy(event.submitter, "saving", () => work(send));
      const isOpen = form.isConnected && form.closest("dialog").open; // or the carer has gone on to something else
      if (refusal && isOpen) {
        refused.textContent = refusal;
        refused.hidden = false;
      } else {
        if (isOpen) closeSheet();
        say(refusal || word(done), refusal ? "warning" : "");
      }
      await refreshTimes();
    } catch (error) {
      if (!(error instanceof LoggedOut)) throw error;
      closeSheet(); // the login comes first
    }
    then();
  });
}

// Sends for one sheet; gives nothing, or why it did not work. The same once more is the same request: its answer may have
// been lost on the way.
function sender() {
  const keys = new Map();
  return async (path, body, method = "POST") => {
    const request = JSON.stringify([method, path, body]);
    if (!keys.has(request)) keys.set(request, newId());
    try {
      const answer = await ask(path, { method, body, key: keys.get(request) });
      return answer.ok ? null : wordsOf(answer) || word("try-later");
    } catch (error) {
      if (!(error instanceof NoSignal)) throw error;
      return word("needs-signal");
    }
  };
}

const times = ({ weekday, day, start, end }) =>
  `${day ? dateWord(noonOf(day)) : word("each-week", { weekday: word(`weekday-${weekday}`) })} ${start}–${end}`;

// From when and until when a time of every week is offered, where that is not simply "from now on".
function validity({ day, valid_from: from, valid_to: to }) {
  const since = !day && from > dayFromNow() && word("from-day", { date: fullDate(noonOf(from)) });
  const until = !day && to && word("until-day", { date: fullDate(noonOf(to)) });
  return [since, until].filter(Boolean).join(" ");
}

const days = ({ start, end }) => `${dateWord(start)} – ${dateWord(new Date(end).getTime() - 1)}`;
