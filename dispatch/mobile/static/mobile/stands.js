// What a check's answer says of the work, put into the days on the phone: it stands even if the signal is gone before they
// are asked for again.
import { dayNames, kept } from "./store.js";

export async function standsAs({ assignment, assignment_status: status, kind, evidence_time: time }) {
  const edit = (row) =>
    row.id === assignment ? { ...row, status, [kind === "in" ? "started_at" : "ended_at"]: time } : row;
  for (const name of await dayNames())
    await kept.change(name, (day) => ({ ...day, etag: null, data: day.data.map(edit) }));
}
