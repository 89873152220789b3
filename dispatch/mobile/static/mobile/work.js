// The carer's own work as last seen, day by day, and how it stands with what this phone has not sent yet.
import { NoSignal } from "./api.js";
import { mine } from "./outbox.js";
import { ask, current } from "./session.js";
import { dayNames, kept, PREFIX } from "./store.js";
import { dayFromNow } from "./words.js";

const DAY = 86_400_000;
const OPEN = ["offered", "accepted", "checked_in", "checked_out"];

// Asks for a day, or for every day on the phone besides today and tomorrow; false, and all is kept, without signal.
export async function refresh(day) {
  const names = await dayNames();
  const days = day ? [day] : [...new Set([...names.map((name) => name.slice(PREFIX.length)), dayFromNow(), dayFromNow(1)])];
  for (const each of days) if (!(await look(`${PREFIX}${each}`, `me/day/?date=${each}`))) return false;
  return true;
}

// Asks for a list and keeps it with when it was seen. False when there was no signal.
export async function look(name, path) {
  const [owner, before, language] = [await current(), await kept.get(name), document.documentElement.lang];
  let answer;
  try {
    answer = await ask(path, { etag: before?.language === language ? before.etag : null });
  } catch (error) {
    if (error instanceof NoSignal) return false;
    throw error;
  }
  const seen = Date.now();
  if ((await current())?.user !== owner?.user) return true; // somebody else has the phone by now
  if (answer.status === 304) await kept.change(name, (row) => ({ ...row, seen }));
  else if (answer.ok) await kept.put({ data: answer.data, etag: answer.etag, language, seen }, name);
  return answer.status < 500;
}

// The work of a day in its order, and when it was seen. Who is still in a home since yesterday stands in today too.
export async function dayOfWork(day) {
  const record = await kept.get(PREFIX + day);
  const rows = record?.data ?? [];
  const before = day === dayFromNow() ? (await kept.get(PREFIX + dayFromNow(-1)))?.data ?? [] : [];
  const stillIn = (await asTheyStand(before)).filter((row) => row.status === "checked_in");
  return { seen: record?.seen, rows: [...stillIn, ...(await asTheyStand(rows))] };
}

// One's part in a visit by its number, from whichever day it is on.
export async function part(id) {
  for (const name of await dayNames()) {
    const row = (await kept.get(name)).data.find((each) => each.id === id);
    if (row) return (await asTheyStand([row]))[0];
  }
  return null;
}

async function asTheyStand(rows) {
  const waiting = await mine("waiting");
  return rows
    .filter((row) => OPEN.includes(row.status))
    .filter((row) => !waiting.some((each) => each.kind === "decline" && each.assignment === row.id))
    .map((row) => {
      const own = waiting.filter((each) => each.assignment === row.id);
      const has = (kind) => own.find((each) => each.kind === kind);
      const [into, out] = [has("check-in"), has("check-out")];
      const status = out ? "checked_out" : into && row.status === "accepted" ? "checked_in" : row.status;
      return {
        ...row,
        status,
        started_at: row.started_at ?? into?.device_time,
        ended_at: row.ended_at ?? out?.device_time,
        departed_at: row.departed_at ?? has("en-route")?.device_time,
        unsent: own.length,
        givesBack: Boolean(has("release")),
      };
    });
}

// Homes leave the phone a day after the visit's end, whether or not the platform can be asked.
export async function forget() {
  const isOver = (row) => Date.now() > new Date(row.ended_at ?? row.planned_end).getTime() + DAY;
  for (const name of await dayNames()) {
    const day = await kept.get(name);
    const left = day.data.filter((row) => !isOver(row));
    if (!left.length && name < PREFIX + dayFromNow(-1)) await kept.drop(name);
    else if (left.length < day.data.length) await kept.put({ ...day, data: left, etag: null }, name);
  }
}
