// What the libraries of the admin leave to the eye and the mouse: names for search fields, keys for what opens by a click.
(() => {
  const OPENS_BY_CLICK = ".cursor-pointer[x-on\\:click]:not(a[href], button, input, select, label)";

  const name = (box) => {
    const select = box.previousElementSibling;
    const label = select.getAttribute("aria-label") ?? select.labels[0]?.innerText.replace("*", "");
    const combobox = box.querySelector("[role=combobox]");
    combobox.removeAttribute("aria-labelledby");
    for (const part of [combobox, ...box.querySelectorAll("[role=searchbox]")]) part.setAttribute("aria-label", label);
    const chosen = box.querySelector(".select2-selection__rendered");
    chosen.setAttribute("role", "none");
    chosen.removeAttribute("aria-readonly");
  };

  // After the listeners that draw the fields: they are set by scripts that load later than this one.
  const nameAll = () => setTimeout(() => document.querySelectorAll("select + .select2-container").forEach(name));
  document.addEventListener("formset:added", nameAll);

  window.addEventListener("load", () => {
    nameAll();
    for (const each of document.querySelectorAll(OPENS_BY_CLICK)) {
      each.tabIndex = 0;
      each.setAttribute("role", "button");
      each.addEventListener("keydown", (press) => {
        if (!["Enter", " "].includes(press.key)) return;
        press.preventDefault();
        each.click();
      });
    }
  });
})();
