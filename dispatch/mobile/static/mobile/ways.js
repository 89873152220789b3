// To the home and to the elder's ear: the phone's own map app, and the platform's number, which hides both numbers.
import { NoSignal } from "./api.js";
import { say, sheet } from "./screen.js";
import { ask } from "./session.js";
import { word } from "./words.js";

const isApple = /iPhone|iPad|Macintosh/.test(navigator.userAgent);
const { hotline } = document.body.dataset;

export const addressOf = (row) => [row.town, row.village, row.address].filter(Boolean).join(" ");

// The map app learns where to, not who lives there.
function mapLink(row) {
  const [at, name] = [`${row.latitude},${row.longitude}`, encodeURIComponent(`${row.town}${row.village}`)];
  return isApple ? `maps://?ll=${at}&q=${name}` : `geo:${at}?q=${at}(${name})`;
}

export function navigate(row) {
  const address = addressOf(row);
  const copy = async () => say(word((await copied(address)) ? "copied" : "not-copied"));
  sheet("ways", { address, map: mapLink(row), copy });
}

async function copied(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false; // the address stands there to be marked and copied
  }
}

export async function callElder(row) {
  let answer = null;
  try {
    answer = await ask(`assignments/${row.id}/call/`, { method: "POST", body: {} });
  } catch (error) {
    if (!(error instanceof NoSignal)) throw error;
  }
  const number = answer?.data?.hotline ?? hotline;
  sheet("call", { ringing: Boolean(answer?.data?.ringing), dial: !answer?.data?.ringing, number, tel: `tel:${number}` });
}
