// What the platform's answer to a departure or a check says of the work, put into the days on the phone: it stands even if
// the signal is gone before they are asked for again.
import { dayNames, kept } from "./store.js";

const CHANGES = {
  "en-route": (answer) => ({ departed_at: answer.device_time }),
  "check-in": (answer) => ({ status: answer.assignment_status, started_at: answer.evidence_time }),
  "check-out": (answer) => ({ status: answer.assignment_status, ended_at: answer.evidence_time }),
};

export async function standsAs({ kind, assignment }, answer) {
  if (!CHANGES[kind] || !answer) return;
  const edit = (row) => (row.id === assignment ? { ...row, ...CHANGES[kind](answer) } : row);
  for (const name of await dayNames())
    await kept.change(name, (day) => ({ ...day, etag: null, data: day.data.map(edit) }));
}
