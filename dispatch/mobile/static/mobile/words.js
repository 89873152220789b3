// The page's words come from the server in the carer's language; times are those of the county's wall clock.
const found = document.getElementById("words").content;
const { zone } = document.body.dataset;
const DAY = 86_400_000;

// A word by its name, with what stands in braces filled in.
export function word(name, values = {}) {
  const text = found.querySelector(`[data-word="${name}"]`)?.textContent ?? name;
  return text.replace(/\{(\w+)\}/g, (_, key) => values[key] ?? "");
}

const format = (options, language = document.documentElement.lang) =>
  new Intl.DateTimeFormat(language, { timeZone: zone, ...options });
const clock = format({ hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const date = format({ month: "long", day: "numeric", weekday: "short" });
const full = format({ year: "numeric", month: "long", day: "numeric" });
const month = format({ year: "numeric", month: "long" });
const iso = format({ year: "numeric", month: "2-digit", day: "2-digit" }, "en-CA");

export const clockTime = (moment) => clock.format(new Date(moment));
export const span = (start, end) => `${clockTime(start)}–${clockTime(end)}`;
export const dateWord = (moment) => date.format(new Date(moment));
export const fullDate = (moment) => full.format(new Date(moment));
export const monthWord = (name) => month.format(new Date(`${name}-15T12:00:00Z`)); // of "2026-03"
export const noonOf = (day) => `${day}T12:00:00Z`; // a moment of a calendar day, by the county's clock too

// The calendar day as 2026-03-02, so many days from now.
export const dayFromNow = (days = 0) => dayOf(Date.now() + days * DAY);
export const dayOf = (moment) => iso.format(new Date(moment)).replaceAll("/", "-");

// 今天, 明天, or the date.
export function dayWord(moment) {
  const names = { [dayFromNow()]: "today", [dayFromNow(1)]: "tomorrow", [dayFromNow(-1)]: "yesterday" };
  const name = names[dayOf(moment)];
  return name ? word(name) : dateWord(moment);
}

// Minutes as 1 小时 30 分.
export function duration(minutes) {
  const [hours, rest] = [Math.floor(Math.abs(minutes) / 60), Math.abs(minutes) % 60];
  const name = hours ? (rest ? "hours-minutes" : "hours") : "minutes";
  return (minutes < 0 ? "−" : "") + word(name, { hours, minutes: rest });
}

export const distance = (metres) =>
  metres < 1000 ? word("metres", { metres }) : word("kilometres", { kilometres: (metres / 1000).toFixed(1) });
