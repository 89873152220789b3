// In and out of a home. The event is on disk with its time before the phone looks for its position.
import { complete, keep } from "./outbox.js";
import { positionNow } from "./position.js";
import { deviceMark } from "./store.js";
import { span, word } from "./words.js";

const WAIT = 12_000; // milliseconds a check may lie without its position; if the page dies, it goes without

export const about = (row, deed) => `${word(deed)} · ${span(row.planned_start, row.planned_end)} ${row.service_name}`;

// `proof`: { source: "CODE" or "QR", code } instead of the position.
export async function check(row, kind, proof) {
  const body = { source: proof?.source ?? "APP", code: proof?.code ?? "", device: await deviceMark() };
  const path = `assignments/${row.id}/${kind}/`;
  const event = { kind, assignment: row.id, path, body, about: about(row, kind) };
  const id = await keep({ ...event, readyAt: proof ? 0 : Date.now() + WAIT });
  if (!proof) positionNow().then((position) => complete(id, position ?? {}));
}

export async function leave(row) {
  const path = `assignments/${row.id}/en-route/`;
  await keep({ kind: "en-route", assignment: row.id, path, about: about(row, "en-route"), isCourtesy: true });
}
