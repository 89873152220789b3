// Who is logged in on this phone. The token lies in the store; a 401 keeps everything and asks for the password again.
import { call, NoSignal } from "./api.js";
import { kept, outbox } from "./store.js";

export class LoggedOut extends Error {}

export const current = () => kept.get("session");

// Logs in; returns the answer that refused, or null. Another user's seen data leave the phone, what they have not sent stays.
export async function logIn(username, password, device) {
  const answer = await call("devices/", { method: "POST", body: { username, password, name: device } });
  if (!answer.ok) return answer;
  const { token, id } = answer.data;
  const me = await call("me/", { token });
  if (!me.ok) return me;
  if (!me.data.roles.includes("carer")) {
    await call(`devices/${id}/`, { method: "DELETE", token });
    return { status: 403, data: null };
  }
  const before = await current();
  if (before && before.user !== me.data.id) await forgetSeen();
  const { username: login, name } = me.data;
  const language = document.documentElement.lang;
  await kept.put({ user: me.data.id, username: login, name, token, device: id, language, expired: false }, "session");
  return null;
}

// Logs out and wipes what this user has on the phone. Without signal the platform learns nothing, the phone is clean anyway.
export async function logOut() {
  const session = await current();
  try {
    await call(`devices/${session.device}/`, { method: "DELETE", token: session.token });
  } catch (error) {
    if (!(error instanceof NoSignal)) throw error;
  }
  const rows = await outbox.all();
  await Promise.all(rows.filter((row) => row.user === session.user).map((row) => outbox.drop(row.client_id)));
  await forgetSeen();
}

export const expire = (token) =>
  kept.change("session", (session) => (session.token === token ? { ...session, expired: true } : session));

// A request as the user who is logged in. Raises LoggedOut when the token counts no longer.
export async function ask(path, options = {}) {
  const session = await current();
  if (!session || session.expired) throw new LoggedOut();
  const answer = await call(path, { ...options, token: session.token });
  if (answer.status !== 401) return answer;
  await expire(session.token);
  throw new LoggedOut();
}

async function forgetSeen() {
  const names = await kept.keys();
  await Promise.all(names.filter((name) => name !== "device").map((name) => kept.drop(name)));
}
