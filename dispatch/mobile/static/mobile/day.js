// Today and tomorrow: the next visit first and large, the others below, and the way between them.
import { draw, drawAll, show, state } from "./screen.js";
import { sketch } from "./sketch.js";
import { kept } from "./store.js";
import { addressOf } from "./ways.js";
import { dayOfWork } from "./work.js";
import { clockTime, dateWord, dayFromNow, dayWord, span, word } from "./words.js";

const DAYS = [0, 1, 2];

export async function showDay(day = dayFromNow()) {
  const [{ rows, seen }, offers] = [await dayOfWork(day), await kept.get("offers")];
  const next = rows.find((row) => row.status === "checked_in") ?? rows.find((row) => row.status === "accepted");
  const asked = (offers?.data.results ?? []).filter((offer) => Date.parse(offer.expires_at) > Date.now()).length;
  const view = draw("day", {
    date: dateWord(`${day}T12:00:00Z`),
    days: DAYS.map((ahead) => tab(dayFromNow(ahead), day)),
    asked: asked ? word("asked", { count: asked }) : null,
    next: next && card(next),
    list: rows.length > 1 && rows.map((row, index) => line(row, index, next)),
    none: !rows.length && (seen ? word("no-visits") : word("not-seen")),
    way: sketch(rows.filter((row) => row.latitude !== null), word("way")),
    seen: seen && word("as-of", { time: clockTime(seen) }),
  });
  show(dayWord(`${day}T12:00:00Z`), view);
}

function tab(day, shown) {
  const copy = draw("tab", { name: dayWord(`${day}T12:00:00Z`), to: `#day=${day}` });
  if (day === shown) copy.firstElementChild.setAttribute("aria-current", "page");
  return copy;
}

const facts = (row) => ({
  to: `#visit=${row.id}`,
  time: span(row.planned_start, row.planned_end),
  service: row.service_name,
  elder: row.elder_name,
  state: state(row.status),
});

const card = (row) =>
  draw("next", { ...facts(row), where: addressOf(row), alerts: drawAll("alert", row.alerts, (text) => ({ text })) });

function line(row, index, next) {
  const copy = draw("row", { ...facts(row), number: index + 1, where: row.village });
  if (row === next) copy.firstElementChild.classList.add("now");
  return copy;
}
