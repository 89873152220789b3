// One visit: who, where, what to mind, and the one thing to do next.
import { about, check, leave } from "./check.js";
import { accept, decline, openOffers } from "./offers.js";
import { keep } from "./outbox.js";
import { shrunk } from "./photo.js";
import { canScan, scan } from "./scan.js";
import { busy, closeSheet, draw, drawAll, say, sheet, show, state } from "./screen.js";
import { addressOf, callElder, navigate } from "./ways.js";
import { part } from "./work.js";
import { clockTime, dayWord, duration, span, word } from "./words.js";

const card = { code: null }; // what the phone's own camera has read, until a check uses it

export function readCard(code) {
  card.code = code;
}

export async function showVisit(id) {
  const row = await part(Number(id));
  if (!row) return show(word("visit"), draw("gone"));
  const offer = row.status === "offered" ? (await openOffers()).find((each) => each.assignment === row.id) : null;
  const isNow = !row.givesBack && ["accepted", "checked_in"].includes(row.status);
  const kind = row.status === "accepted" ? "check-in" : "check-out";
  const isKnown = Boolean(row.address);
  const view = draw("visit", {
    time: span(row.planned_start, row.planned_end),
    day: dayWord(row.planned_start),
    state: state(row.status),
    service: `${row.service_name} · ${duration(row.duration_minutes)}`,
    elder: row.elder_name,
    alerts: drawAll("alert", row.alerts, (text) => ({ text })),
    where: addressOf(row),
    second: row.carers_needed > 1,
    started: row.started_at && word("started", { time: clockTime(row.started_at) }),
    ended: row.ended_at && word("ended", { time: clockTime(row.ended_at) }),
    unsent: row.unsent > 0,
    "gives-back": row.givesBack,
    card: isNow && card.code !== null,
    navigate: isKnown && (() => navigate(row)),
    call: isKnown && isNow && (({ currentTarget }) => busy(currentTarget, "calling", () => callElder(row))),
    note: isKnown && (() => note(row)),
    photo: isKnown && (({ currentTarget }) => currentTarget.nextElementSibling.click()),
    release: isNow && kind === "check-in" && (() => release(row)),
    primary: primary(row, offer, isNow, kind),
    decline: offer && (() => decline(offer)),
    straight: isNow && kind === "check-in" && !row.departed_at && card.code === null && (() => checkNow(row, kind)),
    scan: isNow && (() => scanCard(row, kind)),
    code: isNow && (() => typeCode(row, kind)),
    over: row.status === "checked_out",
  });
  const button = view.querySelector("[data-is=primary]");
  button.textContent = word(primaryWord(row, offer, kind));
  view.querySelector("input[type=file]").addEventListener("change", ({ target }) => photo(row, target.files[0]));
  show(row.elder_name, view);
}

const isToLeave = (row, kind) => kind === "check-in" && !row.departed_at && card.code === null;

function primary(row, offer, isNow, kind) {
  if (offer) return ({ currentTarget }) => busy(currentTarget, "accepting", () => accept(offer));
  if (!isNow) return null;
  return isToLeave(row, kind) ? () => leave(row) : () => checkNow(row, kind);
}

const primaryWord = (row, offer, kind) => (offer ? "accept" : isToLeave(row, kind) ? "en-route" : kind);

async function checkNow(row, kind, proof) {
  const read = proof ?? (card.code === null ? null : { source: "QR", code: card.code });
  card.code = null;
  await check(row, kind, read);
  say(word(kind === "check-in" ? "checked-in" : "checked-out"));
}

function typeCode(row, kind) {
  const box = sheet("code", { title: word(kind) });
  box.querySelector("form").addEventListener("submit", (event) => {
    event.preventDefault();
    closeSheet();
    checkNow(row, kind, { source: "CODE", code: new FormData(event.target).get("code") });
  });
}

async function scanCard(row, kind) {
  const able = canScan();
  const box = sheet("scan", { camera: able, hint: !able });
  if (!able) return;
  const patience = new AbortController();
  box.addEventListener("close", () => patience.abort(), { once: true });
  try {
    const code = await scan(box.querySelector("video"), patience.signal);
    if (code === null) return;
    closeSheet();
    await checkNow(row, kind, { source: "QR", code });
  } catch {
    sheet("scan", { hint: true }); // no camera, or not allowed
  }
}

function note(row) {
  write("note", async (text) => {
    await keep({ kind: "note", assignment: row.id, path: `assignments/${row.id}/notes/`, body: { text }, about: about(row, "note") });
    say(word("noted"));
  });
}

function release(row) {
  write("release", async (reason) => {
    const event = { kind: "release", assignment: row.id, path: `assignments/${row.id}/release/`, body: { reason } };
    await keep({ ...event, isTimed: false, about: about(row, "release") });
    say(word("giving-back"), "warning");
  });
}

// A sheet with one text to write.
function write(name, use) {
  const box = sheet(name);
  box.querySelector("form").addEventListener("submit", (event) => {
    event.preventDefault();
    const text = new FormData(event.target).get("text").trim();
    if (!text) return;
    closeSheet();
    use(text);
  });
}

async function photo(row, file) {
  if (!file) return;
  try {
    const event = { kind: "photo", assignment: row.id, path: `assignments/${row.id}/photos/`, about: about(row, "photo") };
    await keep({ ...event, photo: await shrunk(file) });
    say(word("photo-kept"));
  } catch {
    say(word("no-photo"), "warning");
  }
}
