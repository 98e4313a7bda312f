// How a value looks: the rules of values.py. And how elements are made.

const element = (id) => document.getElementById(id);
const MISSING = "—";

document.documentElement.classList.add("scripted");

function shown(value, unit) {
  if (value === null || value === undefined) return MISSING;
  if (unit === "share") {
    if (value === 0 || value === 1) return `${value * 100}%`;
    if (value > 0 && value < 0.0005) return "<0.1%";
    return value > 0.9995 && value < 1 ? ">99.9%" : `${(value * 100).toFixed(1)}%`;
  }
  if (unit === "count") return Math.round(value).toLocaleString("en-US");
  return Math.abs(value) < 100 ? value.toFixed(2) : Math.round(value).toLocaleString("en-US");
}

function stepOf(value, breaks, better) {
  const place = breaks.filter((edge) => edge <= value).length;
  const colour = breaks.length ? Math.floor((place * 6) / breaks.length + 0.5) : 0;
  return better === "higher" ? 6 - colour : colour;
}

function make(name, text = "", className = "") {
  const made = document.createElement(name);
  if (text) made.textContent = text;
  if (className) made.className = className;
  return made;
}

// An element with attributes and children; null children are left out.
function build(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== null && value !== undefined && value !== false) made.setAttribute(key, value);
  }
  made.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== ""));
  return made;
}

const SVG = "http://www.w3.org/2000/svg";

function draw(name, attributes, ...children) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

function drawLegend(holder, entries, ramp) {
  holder.querySelector(".legend").replaceChildren(
    ...entries.map((entry) => {
      const item = make("li");
      item.append(make("span", "", `swatch ${ramp}${entry.step}`), entry.label);
      return item;
    }),
  );
}

function median(values) {
  if (!values.length) return null;
  const sorted = Float64Array.from(values).sort();
  const half = sorted.length >> 1;
  return sorted.length % 2 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}

const folded = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
const counted = (number, one, many = `${one}s`) => `${number.toLocaleString("en-US")} ${number === 1 ? one : many}`;
const compareNames = new Intl.Collator("en").compare;

// Characters that reorder or hide text, by their numbers: the rule of values.py.
const visible = (text) =>
  text.replace(
    /[\u0000-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]|\p{Surrogate}/gu,
    (found) => `[U+${found.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")}]`,
  );
