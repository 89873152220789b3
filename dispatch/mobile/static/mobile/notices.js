// What the platform told this carer, and how many of it is new. Whoever opens the list has read it.
import { NoSignal } from "./api.js";
import { canBeTold, tellMe } from "./push.js";
import { busy, draw, drawAll, say, show } from "./screen.js";
import { ask } from "./session.js";
import { kept } from "./store.js";
import { look } from "./work.js";
import { clockTime, dayWord, word } from "./words.js";

const isNew = new Set(); // read by opening this list, and marked until it is left
addEventListener("hashchange", () => isNew.clear());

export const refreshNotices = () => look("notices", "me/notices/");

const rows = (record) => record?.data.results ?? [];
const unreadOf = (record) => rows(record).filter((row) => !row.read_at);

export async function drawBell(isShown) {
  const count = isShown ? unreadOf(await kept.get("notices")).length : 0;
  document.getElementById("bell").hidden = !isShown;
  document.getElementById("unread").textContent = count || "";
}

export async function showNotices() {
  const [record, tell] = [await kept.get("notices"), await canBeTold()];
  const view = draw("notices", {
    tell: tell && (({ currentTarget }) => busy(currentTarget, "asking-phone", beTold)),
    why: tell,
    list: drawAll("notice", rows(record), (row) => ({
      text: row.text,
      at: `${dayWord(row.created_at)} ${clockTime(row.created_at)}`,
      fresh: !row.read_at || isNew.has(row.id),
    })),
    none: !rows(record).length,
    seen: record && word("as-of", { time: clockTime(record.seen) }),
  });
  show(word("notices"), view);
}

// Tells the platform that what stands here was seen; without signal it is told the next time.
export async function readNotices() {
  const unread = unreadOf(await kept.get("notices"));
  if (!unread.length) return;
  unread.forEach((row) => isNew.add(row.id));
  const upTo = Math.max(...unread.map((row) => row.id));
  try {
    const answer = await ask("me/notices/read/", { method: "POST", body: { up_to: upTo } });
    if (answer.ok) await kept.change("notices", (record) => asRead(record, upTo));
  } catch (error) {
    if (!(error instanceof NoSignal)) throw error;
  }
}

function asRead(record, upTo) {
  const results = rows(record).map((row) => (row.id <= upTo ? { ...row, read_at: row.read_at ?? row.created_at } : row));
  return { ...record, etag: null, data: { ...record.data, results } };
}

async function beTold() {
  const outcome = await tellMe();
  say(word(outcome), outcome === "will-be-told" ? "" : "warning");
  await showNotices();
}
