// Ctrl + Enter saves the order from any of its fields; a refused one puts the cursor where the first correction is due.
const order = document.getElementById("order");
order.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    order.requestSubmit();
  }
});
order.querySelector("[aria-invalid]")?.focus();
