// Messages to this phone while the page is closed. Only where the platform has a key, and the browser can.
import { NoSignal } from "./api.js";
import { ask, current } from "./session.js";
import { kept } from "./store.js";

const { pushKey, shell } = document.body.dataset;

// Whether there is something to ask for: not while this login is told already, and not what was refused for good.
export async function canBeTold() {
  if (!pushKey || !globalThis.PushManager || !globalThis.Notification || Notification.permission === "denied") return false;
  const [session, told, subscription] = [await current(), await kept.get("push"), await subscribed()];
  return !(subscription && told?.device === session?.device && told.endpoint === subscription.endpoint);
}

// Asks the phone, then the platform; returns the word for what came of it.
export async function tellMe() {
  if ((await Notification.requestPermission()) !== "granted") return "phone-says-no";
  try {
    const manager = (await navigator.serviceWorker.getRegistration(shell)).pushManager;
    const subscription = await manager.subscribe({ userVisibleOnly: true, applicationServerKey: pushKey });
    const answer = await ask("me/push/", { method: "PUT", body: subscription.toJSON() });
    if (!answer.ok) return "try-later";
    await kept.put({ device: (await current()).device, endpoint: subscription.endpoint }, "push");
    return "will-be-told";
  } catch (error) {
    if (error instanceof NoSignal) return "needs-signal";
    if (error instanceof DOMException) return "no-push-here"; // the browser has no push service within reach
    throw error;
  }
}

// What this browser was promised ends with the login.
export async function endPush() {
  await (await subscribed())?.unsubscribe().catch(() => null);
}

async function subscribed() {
  const registration = await navigator.serviceWorker?.getRegistration(shell);
  return (await registration?.pushManager?.getSubscription()) ?? null;
}
