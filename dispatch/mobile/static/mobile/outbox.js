// What the carer did, kept until the platform has it. Each row is on disk before the screen moves on, carries its user and
// an id of its own, and may be sent in any order and any number of times. Also runs in the worker, which has no document.
import { call, NoSignal, wordsOf } from "./api.js";
import { current, expire } from "./session.js";
import { standsAs } from "./stands.js";
import { newId, outbox } from "./store.js";

const FINAL = [400, 403, 404, 405, 409, 413, 415, 422]; // sending it again would change nothing
const PAUSE = { first: 15_000, longest: 300_000 }; // milliseconds between tries without signal
export const news = new EventTarget(); // "changed", "sent", "nosignal", "loggedout"

let failures = 0;
let timer = null;

const tell = (kind) => news.dispatchEvent(new Event(kind));

// Keeps what happened just now: `path` and `body` of the request, `isTimed` when the platform wants to know when, `about`
// for the carer's eyes, `readyAt` when something may still be added until then, `isCourtesy` when a refusal matters to nobody.
export async function keep({ path, body = {}, photo = null, isTimed = true, readyAt = 0, ...rest }) {
  const { user } = await current();
  const row = { client_id: newId(), user, path, body, photo, isTimed, readyAt, device_time: new Date().toISOString() };
  await outbox.put({ ...row, ...rest, state: "waiting", notBefore: 0, tries: 0 });
  tell("changed");
  if (!readyAt) send();
  return row.client_id;
}

// Adds what was still missing, such as the position, and sends.
export async function complete(id, more) {
  await outbox.change(id, (row) => ({ ...row, body: { ...row.body, ...more }, readyAt: 0 }));
  return send();
}

export async function mine(state) {
  const session = await current();
  const rows = session ? await outbox.all() : [];
  return rows
    .filter((row) => row.user === session.user && row.state === state)
    .sort((one, other) => one.device_time.localeCompare(other.device_time));
}

// The carer has read why it was refused.
export async function dismiss(id) {
  await outbox.drop(id);
  tell("changed");
}

// Sends whatever waits; resolves to how many rows still do. Page and worker take turns where the browser can say so.
let turn = Promise.resolve();
export function send() {
  turn = turn.then(() => (navigator.locks ? navigator.locks.request("outbox", sendAll) : sendAll())).catch(console.error);
  return turn;
}

async function sendAll() {
  const tried = new Set();
  let goOn = true;
  while (goOn) {
    const session = await current();
    const row = session && !session.expired && (await mine("waiting")).find((each) => isDue(each) && !tried.has(each.client_id));
    if (!row) break;
    tried.add(row.client_id);
    goOn = await sendOne(row, session);
  }
  const left = (await mine("waiting")).length;
  failures = goOn ? 0 : failures + 1;
  again(left);
  if (tried.size) tell("changed");
  return left;
}

const isDue = (row) => Math.max(row.readyAt, row.notBefore) <= Date.now();

// False when trying the others now is of no use.
async function sendOne(row, session) {
  let answer;
  try {
    answer = await call(row.path, { ...request(row), token: session.token, language: session.language });
  } catch (error) {
    if (!(error instanceof NoSignal)) throw error;
    tell("nosignal");
    return false;
  }
  const isRefused = FINAL.includes(answer.status) && answer.data?.errors && !isUnderWay(answer);
  if (answer.ok || (row.isCourtesy && FINAL.includes(answer.status))) {
    if (answer.ok) await standsAs(row, answer.data);
    await outbox.drop(row.client_id);
    tell("sent");
    return true;
  }
  if (answer.status === 401) {
    await expire(session.token);
    tell("loggedout");
    return false;
  }
  if (isRefused) {
    await outbox.change(row.client_id, (kept) => ({ ...kept, photo: null, state: "refused", words: wordsOf(answer) }));
    return true;
  }
  const pause = answer.wait * 1000 || Math.min(PAUSE.first * 2 ** row.tries, PAUSE.longest);
  await outbox.change(row.client_id, (kept) => ({ ...kept, tries: kept.tries + 1, notBefore: Date.now() + pause }));
  return answer.status !== 429;
}

// An earlier sending of the same request is still being worked on.
const isUnderWay = (answer) => answer.data.errors.some((each) => each.code === "idempotency_in_progress");

// `sent_at` is new at each sending, so the key is too: what is stored once is decided by `client_id`. Where the body stays
// the same the key does it.
function request(row) {
  if (!row.isTimed) return { method: "POST", body: row.body, key: row.client_id };
  const times = { client_id: row.client_id, device_time: row.device_time, sent_at: new Date().toISOString() };
  const body = { ...row.body, ...times };
  if (!row.photo) return { method: "POST", body, key: newId() };
  const form = new FormData();
  for (const [name, value] of Object.entries(body)) form.append(name, value);
  form.append("photo", row.photo, "photo.jpg");
  return { method: "POST", body: form, key: newId(), seconds: 90 };
}

function again(left) {
  clearTimeout(timer);
  if (!left || !globalThis.document) return; // the worker is woken by the browser
  timer = setTimeout(send, Math.min(PAUSE.first * 2 ** failures, PAUSE.longest));
}
