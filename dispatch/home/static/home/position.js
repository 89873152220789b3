// Fills a check form with the phone's position once the button is tapped; after 15 seconds it goes without.
document.addEventListener("submit", (event) => {
  const form = event.target.closest("form[data-position]");
  if (!form || form.dataset.ready) return;
  event.preventDefault();
  if (form.dataset.asked) return;
  form.dataset.asked = "yes";
  const button = form.querySelector("[data-wait]");
  button.textContent = button.dataset.wait;
  const send = (position) => {
    if (position) {
      form.elements.latitude.value = position.coords.latitude;
      form.elements.longitude.value = position.coords.longitude;
      form.elements.accuracy.value = Math.round(position.coords.accuracy);
    }
    form.dataset.ready = "yes";
    form.requestSubmit();
  };
  // A code proves the visit by itself; a page without https is given no position.
  if (form.elements.code.value || !navigator.geolocation || !isSecureContext) return send(null);
  navigator.geolocation.getCurrentPosition(send, () => send(null), { enableHighAccuracy: true, timeout: 15000 });
});
