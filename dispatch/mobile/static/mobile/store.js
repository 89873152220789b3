// What the phone holds: "kept" is what was last seen, "outbox" is what still has to be told to the platform.
let opening = null;

function open() {
  opening ??= new Promise((resolve, reject) => {
    const request = indexedDB.open("carer", 1);
    request.onupgradeneeded = () => {
      request.result.createObjectStore("kept");
      request.result.createObjectStore("outbox", { keyPath: "client_id" });
    };
    request.onsuccess = () => {
      request.result.onclose = () => (opening = null); // iOS closes it behind our back
      resolve(request.result);
    };
    request.onerror = () => reject(request.error);
  });
  return opening;
}

// Resolves once the change is on disk: what a carer was told is kept must survive the page.
async function within(name, mode, work) {
  const database = await open();
  return new Promise((resolve, reject) => {
    const transaction = database.transaction(name, mode, { durability: "strict" });
    const request = work(transaction.objectStore(name));
    transaction.oncomplete = () => resolve(request?.result);
    transaction.onerror = transaction.onabort = () => reject(transaction.error);
  });
}

const store = (name) => ({
  get: (key) => within(name, "readonly", (rows) => rows.get(key)),
  all: () => within(name, "readonly", (rows) => rows.getAll()),
  keys: () => within(name, "readonly", (rows) => rows.getAllKeys()),
  put: (...row) => within(name, "readwrite", (rows) => rows.put(...row)),
  drop: (key) => within(name, "readwrite", (rows) => rows.delete(key)),
  // Changes a row that is still there, in one go with reading it.
  change: (key, edit) =>
    within(name, "readwrite", (rows) => {
      rows.get(key).onsuccess = ({ target }) => {
        if (target.result) rows.put(edit(target.result), ...(rows.keyPath ? [] : [key]));
      };
    }),
});

export const kept = store("kept"); // put(value, name)
export const outbox = store("outbox"); // put(row)

// Under which names the days of work are kept.
export const PREFIX = "day:";
export const dayNames = async () => (await kept.keys()).filter((name) => name.startsWith(PREFIX));

// A random UUID; the browser's own is missing without https and on old phones.
export function newId() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 15) | 64;
  bytes[8] = (bytes[8] & 63) | 128;
  const digits = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

// Tells two carers on one phone; it says nothing about either, and outlives both logins.
export async function deviceMark() {
  const known = await kept.get("device");
  if (known) return known;
  const mark = newId();
  await kept.put(mark, "device");
  return mark;
}
