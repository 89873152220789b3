// The carer's own things: language, certificates, days away, and leaving this phone.
import { NoSignal, wordsOf } from "./api.js";
import { mine } from "./outbox.js";
import { endPush } from "./push.js";
import { closeSheet, draw, say, sheet, show } from "./screen.js";
import { ask, current, logOut } from "./session.js";
import { kept, newId } from "./store.js";
import { look } from "./work.js";
import { dateWord, dayFromNow, fullDate, word } from "./words.js";

const DAY = 86_400_000;

export async function refreshMore() {
  await look("certificates", "me/certificates/");
  await look("absences", "me/absences/");
}

export async function showMore(then) {
  const [session, certificates, absences] = [await current(), await rows("certificates"), await rows("absences")];
  const view = draw("me", {
    name: session.name || session.username,
    certificates: certificates.map(certificate),
    "no-certificates": !certificates.length,
    absences: absences.map((each) => draw("absence", { days: days(each), reason: word(each.reason) })),
    away: () => away(then),
    language: changeLanguage,
    "log-out": () => leave(then),
  });
  show(word("me"), view);
}

const rows = async (name) => {
  const data = (await kept.get(name))?.data ?? [];
  return data.results ?? data;
};

function certificate({ name, valid_to: until, days_left: left }) {
  const tone = left < 0 ? "certificate-over" : left <= 60 ? "certificate-soon" : "certificate-valid";
  return draw("certificate", { name, valid: word(tone, { date: fullDate(`${until}T12:00:00Z`), days: left }), warn: left <= 60 });
}

const days = ({ start, end }) => `${dateWord(start)} – ${dateWord(new Date(end).getTime() - 1)}`;

// Whole days on the county's clock; the last one ends at the next midnight.
function away(then) {
  const box = sheet("away");
  const form = box.querySelector("form");
  form.first.min = form.last.min = form.first.value = form.last.value = dayFromNow();
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const end = new Date(Date.parse(`${form.last.value}T00:00:00Z`) + DAY).toISOString().slice(0, 10);
    const body = { start: `${form.first.value}T00:00:00`, end: `${end}T00:00:00`, reason: form.reason.value };
    closeSheet();
    try {
      const answer = await ask("me/absences/", { method: "POST", body, key: newId() });
      say(answer.ok ? word("away-noted") : wordsOf(answer) || word("try-later"), answer.ok ? "" : "warning");
    } catch (error) {
      if (!(error instanceof NoSignal)) throw error;
      say(word("needs-signal"), "warning");
    }
    await refreshMore();
    then();
  });
}

async function leave(then) {
  const waiting = (await mine("waiting")).length;
  const go = async () => {
    closeSheet();
    await Promise.all([endPush(), logOut()]);
    location.hash = "#today";
    then();
  };
  sheet("log-out", { lost: waiting > 0 && word("lost", { count: waiting }), go });
}

// The shell in the other language comes from the platform; what was kept of the old one goes once it is sure to come.
async function changeLanguage({ currentTarget }) {
  const { languageCookie, shell } = document.body.dataset;
  document.cookie = `${languageCookie}=${currentTarget.value}; path=/; max-age=31536000; SameSite=Lax`;
  try {
    if (!(await fetch(shell, { cache: "reload" })).ok) throw new NoSignal();
  } catch {
    return say(word("needs-signal"), "warning");
  }
  await kept.change("session", (session) => ({ ...session, language: currentTarget.lang }));
  for (const name of (await globalThis.caches?.keys()) ?? []) await caches.delete(name);
  return location.reload();
}
