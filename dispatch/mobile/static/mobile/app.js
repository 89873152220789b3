// Starts the page: which view the address asks for, when to look for news, when to send.
import { refreshCredits, showCredits } from "./credits.js";
import { showDay } from "./day.js";
import { showLogin } from "./login.js";
import { refreshMore, showMore } from "./more.js";
import { drawBell, readNotices, refreshNotices, showNotices } from "./notices.js";
import { openOffers, refreshOffers, showOffers } from "./offers.js";
import { mine, news, send } from "./outbox.js";
import { codeIn } from "./scan.js";
import { closeSheet, say } from "./screen.js";
import { current, LoggedOut } from "./session.js";
import { drawBar, showUnsent } from "./unsent.js";
import { readCard, showVisit } from "./visit.js";
import { dayOfWork, forget, refresh } from "./work.js";
import { dayFromNow, word } from "./words.js";

const HOUR = 3_600_000;
const VIEWS = {
  today: { draw: showDay },
  day: { draw: showDay },
  offers: { draw: showOffers },
  visit: { draw: showVisit, isAlone: true },
  credits: { draw: showCredits, refresh: refreshCredits },
  me: { draw: () => showMore(enter), refresh: refreshMore },
  notices: { draw: showNotices, refresh: readNotices, isAlone: true },
  unsent: { draw: showUnsent, isAlone: true },
  card: { draw: useCard },
};
const [tabs, back, button] = ["tabs", "back", "refresh"].map((id) => document.getElementById(id));
let hasSignal = navigator.onLine;

function asked() {
  const [name, value] = location.hash.slice(1).split("=");
  return { name: VIEWS[name] ? name : "today", value };
}

async function render() {
  const session = await current();
  const isIn = Boolean(session) && !session.expired;
  const { name, value } = asked();
  tabs.hidden = !isIn || VIEWS[name].isAlone;
  back.hidden = !isIn || !VIEWS[name].isAlone;
  button.hidden = !isIn;
  await drawBell(isIn && name !== "notices");
  if (!isIn) {
    document.getElementById("bar").hidden = true;
    return showLogin(enter);
  }
  await VIEWS[name].draw(value);
  tabs.querySelector("[aria-current]")?.removeAttribute("aria-current");
  tabs.querySelector(`[href="#${name === "day" ? "today" : name}"]`)?.setAttribute("aria-current", "page");
  const count = (await openOffers()).length;
  document.getElementById("asked").textContent = count || "";
  return drawBar(hasSignal);
}

// Asks for what is new: the day, the offers, and what the open view shows besides.
async function lookAgain() {
  button.disabled = true;
  try {
    const session = await current();
    if (session && !session.expired) await lookAtAll();
  } catch (error) {
    if (!(error instanceof LoggedOut)) throw error;
  } finally {
    button.disabled = false;
  }
  return render();
}

async function lookAtAll() {
  await forget();
  hasSignal = await refresh();
  if (!hasSignal) return;
  await refreshOffers();
  await refreshNotices();
  const { name, value } = asked();
  if (name === "day") await refresh(value);
  await VIEWS[name].refresh?.();
}

async function enter() {
  button.disabled = true;
  await render();
  await Promise.all([lookAgain(), send()]);
}

// The phone's own camera read the elder's card and opened the page: it belongs to the visit that is on, or comes next.
async function useCard(value) {
  const { rows } = await dayOfWork(dayFromNow());
  const row = rows.find((each) => each.status === "checked_in") ?? rows.find((each) => each.status === "accepted");
  const code = codeIn(value ?? "");
  if (row && code) readCard(code);
  say(word(row && code ? "card-read" : "card-of-nobody"), row && code ? "" : "warning");
  location.replace(row && code ? `#visit=${row.id}` : "#today");
}

function lostSignal() {
  hasSignal = false;
  return render();
}

let soon = null;
function later() {
  clearTimeout(soon);
  soon = setTimeout(lookAgain, 200);
}

async function wakeWorker() {
  const registration = await navigator.serviceWorker?.getRegistration(document.body.dataset.shell);
  if ((await mine("waiting")).length) await registration?.sync?.register("outbox").catch(() => null);
}

addEventListener("hashchange", async () => {
  closeSheet();
  await render();
  const { name } = asked();
  if (VIEWS[name].refresh || name === "day") later();
});
addEventListener("online", enter);
addEventListener("offline", lostSignal);
document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && enter());
button.addEventListener("click", enter);
news.addEventListener("changed", () => Promise.all([render(), wakeWorker()]));
news.addEventListener("sent", later);
news.addEventListener("nosignal", lostSignal);
news.addEventListener("loggedout", render);
// Nothing that was tapped fails without a word.
addEventListener("unhandledrejection", ({ reason }) =>
  say(word(reason?.name === "QuotaExceededError" ? "phone-full" : "broken"), "error"),
);
setInterval(enter, HOUR);
navigator.serviceWorker?.addEventListener("message", later);
navigator.serviceWorker?.register(document.body.dataset.worker, { type: "module", scope: document.body.dataset.shell }).catch(console.warn);
forget().then(enter);
