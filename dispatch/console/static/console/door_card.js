// The button prints; the page itself hides all but the card on paper.
document.querySelector("[data-print]").addEventListener("click", () => window.print());
