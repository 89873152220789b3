// Questions to answer: those to this carer alone, and the open pool, nearest first. Saying yes needs signal: the first wins.
import { NoSignal, wordsOf } from "./api.js";
import { about } from "./check.js";
import { keep, mine } from "./outbox.js";
import { busy, closeSheet, draw, say, sheet, show } from "./screen.js";
import { ask } from "./session.js";
import { kept, newId } from "./store.js";
import { look, refresh } from "./work.js";
import { clockTime, dayOf, dayWord, distance, duration, span, word } from "./words.js";

export async function refreshOffers() {
  await look("offers", "offers/?status=sent&kind=DIRECT&mine=true&page_size=200");
  await look("pool", "pool/?mine=true");
}

// Every question that can still be answered and has not been answered here.
export async function openOffers() {
  const [direct, pool] = [await kept.get("offers"), await kept.get("pool")];
  const answered = new Set((await mine("waiting")).map((row) => row.offer));
  const all = [...(direct?.data.results ?? []), ...(pool?.data ?? [])];
  return all.filter((offer) => Date.parse(offer.expires_at) > Date.now() && !answered.has(offer.id));
}

export async function showOffers() {
  const [offers, record] = [await openOffers(), await kept.get("pool")];
  const cards = offers.map((offer) => card(offer));
  const seen = record && word("as-of", { time: clockTime(record.seen) });
  show(word("offers"), draw("offers", { cards, none: !cards.length, seen }));
}

function card(offer) {
  const isPool = offer.kind === "POOL";
  return draw("offer", {
    time: `${dayWord(offer.planned_start)} ${span(offer.planned_start, offer.planned_end)}`,
    service: offer.service_name,
    where: [offer.town, offer.village].filter(Boolean).join(" "),
    far: word("far", { distance: distance(offer.distance_metres) }),
    earns: offer.credit_minutes ? word("earns", { time: duration(offer.credit_minutes) }) : null,
    second: offer.carers_needed > 1,
    pool: isPool,
    until: word("until", { time: `${dayWord(offer.expires_at)} ${clockTime(offer.expires_at)}` }),
    accept: ({ currentTarget }) => busy(currentTarget, "accepting", () => accept(offer)),
    decline: () => decline(offer),
  });
}

export async function accept(offer) {
  const path = `${offer.kind === "POOL" ? "pool" : "offers"}/${offer.id}/accept/`;
  let answer;
  try {
    answer = await ask(path, { method: "POST", body: {}, key: newId() });
  } catch (error) {
    if (!(error instanceof NoSignal)) throw error;
    return say(word("accept-needs-signal"), "warning");
  }
  await refreshOffers();
  if (!answer.ok) return say(wordsOf(answer) || word("try-later"), "warning");
  await refresh(dayOf(offer.planned_start));
  say(word("accepted"));
  location.hash = `#visit=${answer.data.id}`;
}

export function decline(offer) {
  const box = sheet("decline", {});
  box.querySelector("form").addEventListener("submit", async (event) => {
    event.preventDefault();
    const form = new FormData(event.target);
    const body = { reason: event.submitter.value, note: form.get("note").trim() };
    if (body.reason === "OTHER" && !body.note) return box.querySelector("textarea").focus();
    closeSheet();
    const path = `offers/${offer.id}/decline/`;
    const row = { kind: "decline", offer: offer.id, assignment: offer.assignment, path, body, isTimed: false };
    await keep({ ...row, about: about(offer, "decline") });
    say(word("declined"));
  });
}
