// One request to the API, with a token and never with the session's cookie.
const API = "/api/v1/";
const SECONDS = 20;

export class NoSignal extends Error {}

// What came back: `status`, `data` and `etag`. Raises NoSignal when nothing did, or when not our API answered: a village
// Wi-Fi that asks for a login says 200 to everything.
export async function call(path, { method = "GET", body, token, key, etag, language, seconds = SECONDS } = {}) {
  const headers = { Accept: "application/json", "Accept-Language": language ?? document.documentElement.lang };
  if (token) headers.Authorization = `Token ${token}`;
  if (key) headers["Idempotency-Key"] = key;
  if (etag) headers["If-None-Match"] = etag;
  if (body && !(body instanceof FormData)) {
    headers["Content-Type"] = "application/json";
    body = JSON.stringify(body);
  }
  const patience = new AbortController();
  const timer = setTimeout(() => patience.abort(), seconds * 1000);
  try {
    const options = { method, headers, body, credentials: "omit", cache: "no-store", signal: patience.signal };
    const answer = await fetch(API + path, options);
    const isJson = (answer.headers.get("Content-Type") ?? "").includes("json");
    if (answer.ok && !isJson && answer.status !== 204) throw new NoSignal("not our API");
    const text = await answer.text(); // read even when empty: an answer left lying is an aborted request
    const data = isJson ? JSON.parse(text) : null;
    const wait = Number(answer.headers.get("Retry-After")) || 0;
    return { status: answer.status, ok: answer.ok, data, etag: answer.headers.get("ETag"), wait };
  } catch (error) {
    throw error instanceof NoSignal ? error : new NoSignal(error.message);
  } finally {
    clearTimeout(timer);
  }
}

// The server's own sentence about a refusal, or nothing.
export const wordsOf = (answer) => (answer.data?.errors ?? []).map((each) => each.detail).join(" ");
