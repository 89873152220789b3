// The countdowns go on between two looks at the server, which has the last word.
setInterval(() => {
  for (const clock of document.querySelectorAll("[data-countdown]")) {
    const left = Math.max(clock.dataset.countdown - 1, 0);
    clock.dataset.countdown = left;
    clock.textContent = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
  }
}, 1000);
