// The way from home to home as numbered dots: no map is fetched, north is up, the scale is what fits.
const SVG = "http://www.w3.org/2000/svg";
const [WIDTH, HEIGHT, EDGE] = [340, 150, 22];

const make = (name, attributes, text = "") => {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.textContent = text;
  return element;
};

// A drawing of the given visits in their order, or null when there is no way between two of them to draw.
export function sketch(rows, label) {
  const homes = rows.filter((row) => row.latitude !== null && row.longitude !== null);
  if (homes.length < 2) return null;
  const points = place(homes);
  const drawing = make("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": label, class: "sketch" });
  drawing.append(make("polyline", { points: points.map((point) => point.join(",")).join(" ") }));
  for (const [x, y, number, isOver] of grouped(points, homes)) {
    drawing.append(make("circle", { cx: x, cy: y, r: 15, class: isOver ? "over" : "" }));
    drawing.append(make("text", { x, y: y + 5, "text-anchor": "middle", class: isOver ? "over" : "" }, number));
  }
  return drawing;
}

// Two visits in one house share a dot: "1·3".
function grouped(points, homes) {
  const dots = new Map();
  points.forEach(([x, y], index) => {
    const key = `${Math.round(x / 16)}:${Math.round(y / 16)}`;
    const dot = dots.get(key) ?? [x, y, [], true];
    dot[2].push(index + 1);
    dot[3] &&= homes[index].status === "checked_out";
    dots.set(key, dot);
  });
  return [...dots.values()].map(([x, y, numbers, isOver]) => [x, y, numbers.join("·"), isOver]);
}

// A degree of longitude is shorter than one of latitude; both directions share one scale.
function place(homes) {
  const squeeze = Math.cos((homes[0].latitude * Math.PI) / 180);
  const east = homes.map((home) => home.longitude * squeeze);
  const north = homes.map((home) => home.latitude);
  const [left, top] = [Math.min(...east), Math.max(...north)];
  const [wide, high] = [Math.max(...east) - left, top - Math.min(...north)];
  const scale = Math.min((WIDTH - 2 * EDGE) / (wide || 1e-9), (HEIGHT - 2 * EDGE) / (high || 1e-9));
  const [padX, padY] = [(WIDTH - wide * scale) / 2, (HEIGHT - high * scale) / 2];
  return homes.map((_, index) => [padX + (east[index] - left) * scale, padY + (top - north[index]) * scale].map(Math.round));
}
