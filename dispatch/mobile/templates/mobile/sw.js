{% load static %}// Keeps the page on the phone, so that it opens without signal, and sends what waits when the browser wakes it for that.
import { send } from "{% static 'mobile/outbox.js' %}";

const { version, shell, files, name, icon } = {{ facts }};
const NAME = `carer-${version}`;

self.addEventListener("install", (event) => event.waitUntil(keep()));
self.addEventListener("activate", (event) => event.waitUntil(takeOver()));
self.addEventListener("sync", (event) => event.tag === "outbox" && event.waitUntil(sendAndTell()));

self.addEventListener("push", (event) => event.waitUntil(tell(event.data.json())));
self.addEventListener("notificationclick", (event) => event.waitUntil(openFrom(event.notification)));

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== location.origin) return;
  if (request.mode === "navigate") event.respondWith(fromHere(shell, request));
  else if (files.includes(pathname)) event.respondWith(fromHere(pathname, request));
});

async function keep() {
  const cache = await caches.open(NAME);
  await cache.addAll([shell, ...files].map((address) => new Request(address, { cache: "reload" })));
  await self.skipWaiting();
}

// The open page has loaded all its modules: it goes on with the old ones until it is opened again.
async function takeOver() {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name.startsWith("carer-") && name !== NAME).map((name) => caches.delete(name)));
  await self.clients.claim();
}

async function fromHere(address, request) {
  return (await caches.match(address, { ignoreVary: true, ignoreSearch: true })) ?? fetch(request);
}

// The same notice sent twice is shown once.
async function tell({ key, text }) {
  await self.registration.showNotification(name, { body: text, tag: key, icon });
  for (const client of await self.clients.matchAll()) client.postMessage("told");
}

async function openFrom(notification) {
  notification.close();
  const [open] = await self.clients.matchAll({ type: "window" });
  await (open ? open.focus() : self.clients.openWindow(shell));
}

// What still waits makes the browser wake the worker again.
async function sendAndTell() {
  const left = await send();
  for (const client of await self.clients.matchAll()) client.postMessage("sent");
  if (left) throw new Error("still waiting");
}
