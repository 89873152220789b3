// Time saved up, in hours and minutes, and where it came from.
import { draw, show } from "./screen.js";
import { kept } from "./store.js";
import { look } from "./work.js";
import { clockTime, dateWord, dayFromNow, duration, monthWord, word } from "./words.js";

const NEWEST = 20;
let month = null;

export async function refreshCredits() {
  await look("credits", "me/credits/");
  await look("statement", `me/statement/?month=${shownMonth()}`);
}

const shownMonth = () => month ?? dayFromNow().slice(0, 7);

export async function showCredits() {
  const [record, statement] = [await kept.get("credits"), await kept.get("statement")];
  const { balance_minutes: balance = 0, held_minutes: held = 0, lines = [] } = record?.data ?? {};
  const isThisMonth = statement?.data?.month?.startsWith(shownMonth());
  show(
    word("credits"),
    draw("credits", {
      balance: record ? duration(balance) : "–",
      means: balance > 0 && word("means", { time: duration(balance) }),
      held: held > 0 && word("held", { time: duration(held) }),
      lines: lines.slice(0, NEWEST).map(line),
      none: record && !lines.length,
      statement: isThisMonth ? draw("statement", monthFacts(statement.data)) : null,
      seen: record && word("as-of", { time: clockTime(record.seen) }),
    }),
  );
}

const line = (each) =>
  draw("line", {
    day: dateWord(each.posted_at),
    kind: word(each.kind),
    minutes: `${each.minutes > 0 ? "+" : ""}${duration(each.minutes)}`,
  });

function monthFacts({ opening_minutes: opening, closing_minutes: closing }) {
  return {
    month: monthWord(shownMonth()),
    opening: duration(opening),
    closing: duration(closing),
    earlier: () => turn(-1),
    later: shownMonth() < dayFromNow().slice(0, 7) && (() => turn(1)),
  };
}

async function turn(by) {
  const [year, number] = shownMonth().split("-").map(Number);
  month = new Date(Date.UTC(year, number - 1 + by, 1)).toISOString().slice(0, 7);
  await refreshCredits();
  await showCredits();
}
