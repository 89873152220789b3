// The first page: user name and password, once per phone. After a 401 it asks the same user again.
import { NoSignal, wordsOf } from "./api.js";
import { mine } from "./outbox.js";
import { busy, draw, say, show } from "./screen.js";
import { current, logIn } from "./session.js";
import { word } from "./words.js";

const LONGEST_NAME = 64;

// Draws the form; calls `then` once somebody is logged in.
export async function showLogin(then) {
  const session = await current();
  const waiting = session ? (await mine("waiting")).length : 0;
  const again = session && word("again", { name: session.name || session.username });
  show(word("login"), draw("login", { again, waiting: waiting > 0 && word("waiting-login", { count: waiting }) }));
  const form = document.querySelector("#content form");
  if (session && !form.username.value) form.username.value = session.username;
  form.onsubmit = (event) => {
    event.preventDefault();
    busy(form.querySelector("button"), "logging-in", () => enter(form, then));
  };
}

async function enter(form, then) {
  const before = await current();
  try {
    const refusal = await logIn(form.username.value.trim(), form.password.value, deviceName());
    if (refusal) return say(refusal.status === 403 ? word("carers-only") : wordsOf(refusal) || word("try-later"), "error");
  } catch (error) {
    if (!(error instanceof NoSignal)) throw error;
    return say(word("login-needs-signal"), "warning");
  }
  navigator.storage?.persist?.();
  if (before?.user !== (await current()).user) location.hash = "#today"; // what was open belongs to somebody else
  return then();
}

// What the office reads in the list of a user's phones.
function deviceName() {
  const kind = /iPhone|iPad|Android|HarmonyOS|Windows|Macintosh|Linux/.exec(navigator.userAgent)?.[0] ?? "";
  return `${word("phone")} ${kind}`.trim().slice(0, LONGEST_NAME);
}
