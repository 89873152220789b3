// The board's map and its links with the timeline. Without this script the board still plans, publishes and reassigns.
(() => {
  "use strict";
  let map = null;
  let routes = {};
  let chosen = null;

  const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

  function draw() {
    const box = document.getElementById("map");
    const data = document.getElementById("geojson");
    if (!box || !data || box.dataset.drawn) return;
    box.dataset.drawn = "yes";
    routes = {};
    map = L.map(box, { attributionControl: false, zoomSnap: 0.25, scrollWheelZoom: false });
    if (box.dataset.tiles) L.tileLayer(box.dataset.tiles).addTo(map);
    const layer = L.geoJSON(JSON.parse(data.textContent), {
      style: (feature) => (feature.properties.kind === "route" ? { color: token("--brand"), weight: 3, opacity: 0 } : {}),
      pointToLayer: (feature, at) => {
        const isHome = feature.properties.kind === "carer";
        const colour = isHome ? token("--ink-soft") : token(feature.properties.carer ? "--plan" : "--urgent");
        return L.circleMarker(at, { radius: isHome ? 5 : 6, color: colour, weight: 2, fillColor: colour, fillOpacity: isHome ? 0 : 0.8, opacity: 1 });
      },
      onEachFeature: (feature, shape) => {
        const { kind, carer, visit, label } = feature.properties;
        if (kind === "route") {
          routes[carer] = shape;
          shape.options.interactive = false;
          return;
        }
        shape.bindTooltip(label);
        shape.on("click", () => (kind === "carer" ? choose(String(carer)) : openVisit(document.querySelector(`a[data-visit="${visit}"]`))));
      },
    }).addTo(map);
    if (layer.getLayers().length) map.fitBounds(layer.getBounds().pad(0.05));
    else map.setView([33.78, 119.26], 11);
    if (chosen) choose(chosen, true);
  }

  function choose(carer, keep = false) {
    chosen = !keep && chosen === carer ? null : carer;
    document.querySelectorAll("[data-carer]").forEach((button) => {
      button.setAttribute("aria-pressed", String(button.dataset.carer === chosen));
    });
    document.querySelectorAll("[data-lane]").forEach((lane) => {
      lane.classList.toggle("dim", chosen !== null && lane.dataset.lane !== chosen);
    });
    Object.entries(routes).forEach(([key, line]) => line.setStyle({ opacity: key === chosen ? 1 : 0 }));
    if (chosen && routes[chosen]) map.fitBounds(routes[chosen].getBounds().pad(0.2));
  }

  function openVisit(link) {
    if (!link) return;
    document.querySelectorAll("a.chosen").forEach((other) => other.classList.remove("chosen"));
    link.classList.add("chosen");
    htmx.ajax("GET", link.getAttribute("href"), "#panel");
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest("button[data-carer]");
    if (button) choose(button.dataset.carer);
    const link = event.target.closest("a[data-visit]");
    if (link && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      openVisit(link);
    }
  });
  // A refusal (409) comes with the panel that explains it.
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.xhr.status === 409) {
      event.detail.shouldSwap = true;
      event.detail.isError = false;
    }
  });
  document.addEventListener("htmx:afterSettle", (event) => {
    if (event.detail.target.id === "panel") event.detail.target.focus();
    draw();
  });
  document.addEventListener("DOMContentLoaded", draw);
})();
