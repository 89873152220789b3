// The console under the fingers: keys, digits, often wanted times, and nothing typed that is ever lost.
(() => {
  "use strict";
  htmx.config.defaultSettleDelay = 0; // what is drawn anew answers its keys at once
  const order = document.getElementById("order");
  const lost = document.getElementById("lost");

  // The key as aria-keyshortcuts names it, else undefined. A letter is named by its place: with Alt some keyboards type signs.
  function shortcut(event) {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return undefined;
    if (event.altKey) return /^Key[A-Z]$/.test(event.code) ? `Alt+${event.code.slice(3)}` : undefined;
    return /^F\d+$/.test(event.key) ? event.key : undefined;
  }

  // Whatever names a key in aria-keyshortcuts is pressed, opened, or gets the focus, by that key.
  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && !event.target.closest("form")) {
      event.preventDefault();
      order?.requestSubmit();
      return;
    }
    const key = shortcut(event);
    if (!key) return;
    const named = document.querySelector(`[aria-keyshortcuts~="${key}"]`);
    if (!named && document.getElementById("nobody")?.dataset.keys.split(" ").includes(key)) {
      event.preventDefault();
      document.getElementById("nobody").hidden = false;
      document.getElementById("q").select();
    }
    if (!named) return;
    event.preventDefault();
    if (named.matches("input")) named.select();
    else if (named.matches("summary")) {
      named.parentElement.open = true;
      named.parentElement.querySelector("input:not([type=hidden]), select, textarea").focus();
    }
    else named.click();
  });

  // A ringing call keeps the key under which this window shows it, whichever others are taken: so the window remembers.
  function giveKeys() {
    const before = JSON.parse(sessionStorage.getItem("call-keys") ?? "{}");
    const ringing = [...document.querySelectorAll("[data-rings]")];
    const keys = Object.fromEntries(ringing.filter(({ id }) => id in before).map(({ id }) => [id, before[id]]));
    for (const button of ringing) {
      const key = (keys[button.id] ??= ["F1", "F2", "F3", "F6"].find((free) => !Object.values(keys).includes(free)));
      if (!key) continue;
      button.setAttribute("aria-keyshortcuts", key);
      button.querySelector("kbd").textContent = key;
      button.querySelector("kbd").hidden = false;
    }
    sessionStorage.setItem("call-keys", JSON.stringify(keys));
  }
  giveKeys();
  for (const drawn of ["htmx:oobAfterSwap", "htmx:afterSwap"]) document.addEventListener(drawn, giveKeys);

  // A digit chooses within the group that has the focus; after a service it waits for the slots that are on their way.
  let waiting = false;
  let held = false; // Ctrl + Enter was pressed before the answer had come
  let placing = false; // what is sent whole need not be kept any more
  let changed = false; // since the last question to the server
  let early = null;
  document.addEventListener("keydown", (event) => {
    const digit = /^[0-9]$/.test(event.key) && !event.ctrlKey && !event.altKey && !event.metaKey ? +event.key : null;
    const group = event.target.closest("[data-digits]");
    if (digit === null || !group) return;
    event.preventDefault();
    if (waiting) early = digit;
    else choose(group, digit);
  });

  function choose(group, digit) {
    const radio = group.querySelectorAll("input[type=radio]")[(digit || 10) - 1];
    if (!radio) return;
    waiting = "then" in group.dataset;
    held = false;
    radio.checked = true;
    radio.focus();
    radio.dispatchEvent(new Event("input", { bubbles: true }));
  }

  document.addEventListener("htmx:afterSettle", (event) => {
    if (event.detail.target.id === "wrap-up") event.detail.target.querySelector("input[type=radio]")?.focus();
    if (event.detail.target.id !== "answer" || changed) return;
    const slots = document.querySelector("#answer .slots");
    if (waiting) {
      waiting = false;
      slots?.querySelector("input")?.focus();
      if (slots && early !== null) choose(slots, early);
      early = null;
    }
    if (held && !changed) setTimeout(() => order.requestSubmit());
  });

  document.addEventListener("click", (event) => {
    const chip = event.target.closest("[data-day]");
    if (!chip) return;
    for (const name of ["day", "start", "end"]) {
      const fields = order.querySelectorAll(`[name$="-${name}"]`);
      const field = fields[fields.length - 1];
      field.value = chip.dataset[name];
      field.dispatchEvent(new Event("input", { bubbles: true }));
    }
  });

  // Arrows go from the search through those who were found and back; whatever else is typed belongs to the search.
  document.addEventListener("keydown", (event) => {
    const search = document.getElementById("q");
    const places = [search, ...document.querySelectorAll("#found a")];
    const at = places.indexOf(event.target);
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (at < 0 || event.ctrlKey || event.altKey || event.metaKey) return;
    if (step) {
      event.preventDefault();
      places[at + step]?.focus();
    } else if (event.key.length === 1) search.focus();
  });

  // What was typed before the page could listen is looked for as well.
  document.addEventListener("DOMContentLoaded", () => {
    const search = document.getElementById("q");
    if (search.value !== search.defaultValue) htmx.trigger(search, "input");
  });

  // Enter in the search opens the first who was found.
  document.querySelector(".find")?.addEventListener("submit", (event) => {
    const first = document.querySelector("#found [data-first]");
    if (first && event.submitter?.tagName !== "A") {
      event.preventDefault();
      first.click();
    }
  });

  // Whoever logs in again in another tab gets a new form token: the page uses the one that counts now.
  const token = () => document.cookie.match(/(?:^|; )csrftoken=([^;]+)/)?.[1];
  document.addEventListener("htmx:configRequest", (event) => {
    if (!token()) return;
    event.detail.headers["X-CSRFToken"] = token();
    if ("csrfmiddlewaretoken" in event.detail.parameters) event.detail.parameters.csrfmiddlewaretoken = token();
  });
  document.addEventListener("submit", (event) => {
    const field = event.target.elements.csrfmiddlewaretoken;
    if (field && token()) field.value = token();
  });

  // What is typed stays on this computer until the server has said that it keeps it, or has placed it.
  if (document.getElementById("placed")) {
    Object.keys(sessionStorage).filter((key) => key.startsWith("order-")).forEach((key) => sessionStorage.removeItem(key));
  }
  const place = order && `order-${order.elements.key.value}`;
  const typed = () => new URLSearchParams([...new FormData(order)].filter(([name]) => name !== "csrfmiddlewaretoken")).toString();
  if (order) {
    const left = sessionStorage.getItem(place);
    if (left) restore(new URLSearchParams(left));
    order.addEventListener("input", (event) => {
      changed = true;
      forgetError(event.target);
      if (event.target === order || event.target.closest(".tiles, .when")) forgetSlot();
      sessionStorage.setItem(place, typed());
    });
    // A chosen slot is kept, and the answer stands as it is: nothing is drawn, so nothing else says that a save may go on.
    order.addEventListener("htmx:afterRequest", (event) => {
      if (event.detail.xhr.status === 204 && held && !changed) setTimeout(() => order.requestSubmit());
    });
    order.addEventListener("htmx:beforeRequest", (event) => {
      changed = false;
      if (placing) event.preventDefault();
    });
    // Saving waits for the answer to what was typed last: nobody is promised unseen, no price is a surprise.
    order.addEventListener("submit", (event) => {
      if (event.submitter?.value) return;
      if (waiting || changed || order.classList.contains("htmx-request")) {
        event.preventDefault();
        held = true;
        order.setAttribute("aria-busy", "true");
        return;
      }
      placing = true;
    });
  }
  // Where the work goes on: at what is wrong, at what is to be read aloud, else at the services or the search. These
  // get the focus only where all columns stand in sight: on a phone it would scroll the elder away.
  const start = ["#order [aria-invalid]", "#placed"];
  if (matchMedia("(min-width: 1100px)").matches) start.push(".tiles input:checked", ".tiles input", "#q");
  start.map((selector) => document.querySelector(selector)).find(Boolean)?.focus();

  // A corrected card is shown as it is now; a half-typed order is kept anyway.
  document.addEventListener("elder-changed", () => location.reload());

  // Stopwatches go on between two polls.
  setInterval(() => {
    for (const watch of document.querySelectorAll("[data-stopwatch]")) {
      const seconds = +watch.dataset.stopwatch + 1;
      watch.dataset.stopwatch = seconds;
      watch.textContent = `${String(Math.floor(seconds / 60)).padStart(2, "0")}:${String(seconds % 60).padStart(2, "0")}`;
    }
  }, 1000);

  // A slot belongs to the service and the time for which it was found.
  function forgetSlot() {
    for (const slot of order.querySelectorAll("#answer [name$=-slot]")) {
      if (slot.type === "radio") slot.checked = false;
      else slot.value = "";
    }
  }

  // The slots for another time of a visit: those of the time before cannot be chosen any more, nor come late.
  document.addEventListener("input", (event) => {
    if (!event.target.matches(".amend input[type=date], .amend input[type=time]")) return;
    htmx.trigger(event.target.form.querySelector("[hx-post]"), "htmx:abort");
    const slots = event.target.form.querySelector(".slots");
    if (slots) slots.disabled = true;
  });

  // What was wrong with a field is said anew by the answer, or by the next save.
  function forgetError(field) {
    field.removeAttribute("aria-invalid");
    field.closest(".field, .tiles, .found")?.querySelector(".errorlist, .errors")?.remove();
  }

  function restore(values) {
    for (const [name, value] of values) {
      const fields = [...order.querySelectorAll(`[name="${CSS.escape(name)}"]`)];
      for (const field of fields) {
        if (field.type === "radio") field.checked = field.value === value;
        else if (field.type !== "hidden") field.value = value;
      }
    }
    setTimeout(() => order.dispatchEvent(new Event("input", { bubbles: true })));
  }

  document.addEventListener("htmx:afterRequest", (event) => {
    if (event.detail.elt !== order) return;
    if (event.detail.successful) {
      if (!changed) sessionStorage.removeItem(place);
      lost.hidden = true;
    }
  });
  const say = (key) => {
    lost.textContent = lost.dataset[key];
    lost.hidden = false;
  };
  document.addEventListener("htmx:sendError", () => say("network"));
  document.addEventListener("htmx:responseError", (event) => {
    if ([401, 403].includes(event.detail.xhr.status)) say("session");
  });
  // The poll that works again says that the connection is back; what waited is sent.
  document.addEventListener("htmx:afterOnLoad", (event) => {
    if (lost.hidden || event.detail.elt === order) return;
    lost.hidden = true;
    if (order && sessionStorage.getItem(place)) order.dispatchEvent(new Event("input", { bubbles: true }));
  });
})();
