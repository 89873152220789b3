// The carer's own things: language, certificates, times and days away, and leaving this phone.
import { NoSignal } from "./api.js";
import { mine } from "./outbox.js";
import { endPush } from "./push.js";
import { closeSheet, draw, say, sheet, show } from "./screen.js";
import { current, logOut } from "./session.js";
import { kept } from "./store.js";
import { drawAbsences, drawOffered, goAway, offerTime, refreshTimes } from "./times.js";
import { look } from "./work.js";
import { fullDate, noonOf, word } from "./words.js";

export async function refreshMore() {
  await look("certificates", "me/certificates/");
  await refreshTimes();
}

export async function showMore(then) {
  const [session, certificates] = [await current(), await rows("certificates")];
  const [offered, absences] = [await rows("availability"), await rows("absences")];
  const view = draw("me", {
    name: session.name || session.username,
    certificates: certificates.map(certificate),
    "no-certificates": !certificates.length,
    offered: drawOffered(offered, then),
    "none-offered": !offered.length,
    "offer-time": () => offerTime(then),
    absences: drawAbsences(absences, then),
    away: () => goAway(then),
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
  return draw("certificate", { name, valid: word(tone, { date: fullDate(noonOf(until)), days: left }), warn: left <= 60 });
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
