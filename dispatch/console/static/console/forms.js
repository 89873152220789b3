// Ctrl + Enter saves the form that has the cursor; a refused part (400, 409) is shown in its place like any other.
document.addEventListener("keydown", (event) => {
  const form = event.target.closest?.("form");
  if (form && event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    form.requestSubmit();
  }
});
document.addEventListener("htmx:beforeSwap", (event) => {
  if ([400, 409].includes(event.detail.xhr.status)) {
    event.detail.shouldSwap = true;
    event.detail.isError = false;
  }
});
