// The table: another measure, another order, a search, what a cell means, and the CSV. The page reads without it, too.

const element = (id) => document.getElementById(id);
const MISSING = "—";
const FOOTNOTES = 6;

document.documentElement.classList.add("scripted");

// Large parts of the page lie in it compressed.
async function unpacked(id) {
  const holder = element(id);
  if (holder.type === "application/json") return holder.textContent;
  const bytes = Uint8Array.from(atob(holder.textContent), (letter) => letter.charCodeAt(0));
  return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"))).text();
}

const data = JSON.parse(await unpacked("data"));

// The page's policy knows the hash of this script and runs no other. All charts share it.
let bundle = null;

function loadBundle() {
  bundle ??= unpacked("bundle").then((source) => {
    const script = make("script");
    script.textContent = source;
    document.head.append(script);
  });
  return bundle;
}

// How a value looks: the rules of values.py.

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

// The table.

function startTable(table) {
  const measures = data.measures.filter((measure) => !measure.name.includes(":"));
  const languages = data.languages.map(([tag, name, autonym, script, family, speakers]) => ({
    name,
    script,
    speakers: speakers ?? -1,
    words: folded([tag, name, autonym, script, family].filter(Boolean).join(" ")),
  }));
  const body = table.tBodies[0];
  const rows = [...body.rows].sort((one, other) => one.dataset.language - other.dataset.language);
  const cells = rows.map((row) => [...row.cells].slice(3));
  const heads = [...table.tHead.rows[0].cells];
  const feet = [...table.tFoot.rows[0].cells].slice(3);
  const first = measures.find((measure) => !measure.of_text && measure.v.some((value) => value !== null));
  const initial = { measure: first.name, sort: "worst", q: "", intervals: "" };
  const state = { ...initial };
  let measure = first; // as the table stands in the file
  let focused = null;

  const width = () => (measure.of_text ? 1 : data.tokenizers.length);
  const at = (language, column) => column * languages.length + language;
  const cautioned = (place) =>
    measure.v[place] !== null && reason(place) && (interval(place) || reason(place).startsWith("caution"));
  const sound = (place) => (cautioned(place) ? null : measure.v[place]);
  const values = (language) =>
    Array.from({ length: width() }, (_, column) => sound(at(language, column))).filter((value) => value !== null);
  const units = (place) => measure.u[place % measure.u.length];
  const reason = (place) => (place in measure.n ? data.notes[measure.n[place]] : "");
  const interval = (place) =>
    measure.l[place] === null || measure.h[place] === null
      ? ""
      : `${shown(measure.l[place], measure.unit)} to ${shown(measure.h[place], measure.unit)}`;

  // A reason why there is no value, or a caution about one; not the reason why there is no interval.
  const footnoted = (place) => reason(place) && (measure.v[place] === null || cautioned(place));

  const withoutNumbers = (note) => note.replace(/\d[\d.,]*(?<=\d)/g, "N");

  // Notes that differ only in their numbers share a letter: a map from what they share to the letter and the text.
  function footnotes() {
    const groups = new Map();
    measure.v.forEach((_, place) => {
      if (!footnoted(place)) return;
      const shared = withoutNumbers(reason(place));
      const group = groups.get(shared) ?? { count: 0, texts: new Set() };
      group.count += 1;
      group.texts.add(reason(place));
      groups.set(shared, group);
    });
    const commonest = [...groups].sort((one, other) => other[1].count - one[1].count || (one[0] < other[0] ? -1 : 1));
    return new Map(
      commonest.slice(0, FOOTNOTES).map(([shared, { texts }], place) => {
        const text = texts.size > 1 ? shared : [...texts][0];
        return [shared, { letter: "abcdefghij"[place], text }];
      }),
    );
  }

  function drawCell(cell, place, ramp, marks) {
    const value = measure.v[place];
    if (value === null) {
      const note = reason(place) || "no reason given";
      cell.className = "none";
      cell.title = note;
      const mark = marks.get(withoutNumbers(note));
      cell.replaceChildren(MISSING, ...(mark ? [make("sup", mark.letter)] : []));
      return;
    }
    const bounds = interval(place);
    const caution = cautioned(place);
    const mark = caution && marks.get(withoutNumbers(reason(place)));
    cell.className = caution ? "caution" : ramp + stepOf(value, measure.breaks, measure.better);
    cell.removeAttribute("title");
    cell.replaceChildren(
      shown(value, measure.unit),
      ...(mark ? [make("sup", mark.letter)] : []),
      ...(bounds ? [make("small", bounds)] : []),
    );
  }

  function drawMeasure() {
    const ramp = measure.better === "neutral" ? "amount-" : "worse-";
    const marks = footnotes();
    const columns = width();
    cells.forEach((row, language) =>
      row.forEach((cell, column) => {
        cell.hidden = column >= columns;
        if (column < columns) drawCell(cell, at(language, column), ramp, marks);
      }),
    );
    heads.slice(3).forEach((head, column) => {
      head.hidden = column >= columns;
      head.querySelector("button").textContent = measure.of_text ? "The text itself" : data.tokenizers[column];
    });
    feet.forEach((foot, column) => (foot.hidden = column >= columns));
    const say = (name, text) => (document.querySelector(`#reading .measure-${name}`).textContent = text);
    say("title", measure.title);
    say("unit", measure.unit && !["share", "ratio"].includes(measure.unit) ? ` (${measure.unit})` : "");
    say("reading", measure.reading);
    drawLegend(element("legend"), measure.legend, ramp);
    element("footnotes").replaceChildren(
      ...[...marks.values()].map(({ letter, text }) => {
        const item = make("li");
        item.append(make("sup", letter), ` ${text}.`);
        return item;
      }),
    );
  }

  function drawOrder() {
    const reversed = state.sort.startsWith("-");
    const by = reversed ? state.sort.slice(1) : state.sort;
    const column = measure.of_text ? 0 : data.tokenizers.indexOf(by.slice("column:".length));
    const worstFirst = measure.better === "higher" ? 1 : -1;
    const keys = languages.map((language, place) => {
      if (by === "name" || by === "script") return language[by];
      if (by === "speakers") return -language.speakers;
      const value = by.startsWith("column:") ? measure.v[at(place, column)] : median(values(place));
      return value === null || value === undefined ? null : worstFirst * value;
    });
    const compare = new Intl.Collator("en").compare;
    const order = languages.map((_, place) => place).sort((one, other) => {
      const [left, right] = [keys[one], keys[other]];
      if (left === null || right === null) return (left === null) - (right === null) || one - other;
      const sign = typeof left === "string" ? compare(left, right) : left - right;
      return (reversed ? -sign : sign) || one - other;
    });
    body.append(...order.map((place) => rows[place]));
    const rising = { name: true, script: true, speakers: false }[by] ?? worstFirst > 0;
    for (const head of heads) {
      const sorts = head.dataset.sort === by || (by.startsWith("column:") && Number(head.dataset.sort) === column);
      if (sorts) head.setAttribute("aria-sort", rising !== reversed ? "ascending" : "descending");
      else head.removeAttribute("aria-sort");
    }
  }

  function drawSearch() {
    const words = folded(state.q).split(/\s+/).filter(Boolean);
    const found = languages.map((language) => words.every((word) => language.words.includes(word)));
    rows.forEach((row, place) => (row.hidden = !found[place]));
    feet.slice(0, width()).forEach((foot, column) => {
      const kept = found.flatMap((is, place) => (is ? [sound(at(place, column))] : []));
      foot.textContent = shown(median(kept.filter((value) => value !== null)), measure.unit);
    });
    const count = found.filter(Boolean).length;
    const all = languages.length.toLocaleString("en-US");
    element("said").textContent = words.length ? `${count.toLocaleString("en-US")} of ${all} languages` : `${all} languages`;
  }

  function draw() {
    const drawn = measure;
    measure = measures.find((known) => known.name === state.measure) ?? first;
    element("measure").value = measure.name;
    element("sort").value = state.sort.replace(/^-/, "");
    element("find").value = state.q;
    element("intervals").checked = Boolean(state.intervals);
    if (measure !== drawn) drawMeasure();
    drawOrder();
    drawSearch();
    focus(null);
  }

  // The address holds what was chosen: #measure=fertility&sort=-name&q=ethiopic

  function address() {
    const chosen = Object.entries(state).filter(([key, value]) => value !== initial[key]);
    return chosen.length ? `#${new URLSearchParams(chosen)}` : location.pathname + location.search;
  }

  function read() {
    const hash = location.hash.slice(1);
    if (hash && !hash.includes("=")) return; // a section of the page
    const given = new URLSearchParams(hash);
    for (const key of Object.keys(state)) state[key] = given.get(key) ?? initial[key];
    draw();
  }

  function choose(change) {
    Object.assign(state, change);
    history.pushState(null, "", address());
    draw();
  }

  function sortBy(by) {
    choose({ sort: state.sort === by ? `-${by}` : by });
  }

  // One cell at a time can be reached with the tab key; arrow keys walk on from there.

  function focus(cell) {
    if (focused) focused.removeAttribute("tabindex");
    focused = cell ?? [...body.rows].find((row) => !row.hidden)?.cells[3] ?? null;
    if (focused) focused.tabIndex = 0;
  }

  function meaning(cell) {
    const language = Number(cell.parentElement.dataset.language);
    const column = cell.cellIndex - 3;
    const place = at(language, column);
    const under = measure.of_text ? "" : ` under ${data.tokenizers[column]}`;
    const bounds = interval(place);
    const value = measure.v[place] === null
      ? `no value, because ${reason(place) || "no reason was given"}`
      : `${shown(measure.v[place], measure.unit)}${bounds ? `, 95 % interval ${bounds}` : ""}, from ${units(place)} units` +
        (reason(place) ? `; ${reason(place)}` : "");
    return `${languages[language].name}${under}: ${measure.title.toLowerCase()} ${value}.`;
  }

  function walk(event) {
    const moves = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
    const cell = event.target.closest("td");
    if (!moves[event.key] || !cell) return;
    const [down, right] = moves[event.key];
    const shownRows = [...body.rows].filter((row) => !row.hidden);
    const row = shownRows[shownRows.indexOf(cell.parentElement) + down];
    const next = row?.cells[cell.cellIndex + right];
    event.preventDefault();
    if (!next || next.cellIndex < 3 || next.hidden) return;
    focus(next);
    next.focus();
  }

  element("measure").append(...measures.map((known) => new Option(known.title, known.name)));
  element("sort").append(
    new Option("Worst served, by median", "worst"),
    new Option("Name", "name"),
    new Option("Script", "script"),
    new Option("Speakers", "speakers"),
    ...data.tokenizers.map((name) => new Option(name, `column:${name}`)),
  );
  for (const head of heads) {
    const column = Number(head.dataset.sort);
    const by = Number.isNaN(column) ? head.dataset.sort : `column:${data.tokenizers[column]}`;
    const button = make("button", head.textContent);
    button.type = "button";
    button.addEventListener("click", () => sortBy(by));
    head.replaceChildren(button);
  }
  element("measure").addEventListener("change", (event) => choose({ measure: event.target.value }));
  element("sort").addEventListener("change", (event) => choose({ sort: event.target.value }));
  element("intervals").addEventListener("change", (event) => choose({ intervals: event.target.checked ? "1" : "" }));
  element("find").addEventListener("input", (event) => {
    state.q = event.target.value;
    history.replaceState(null, "", address());
    drawSearch();
    focus(null);
  });
  element("find").form.addEventListener("submit", (event) => event.preventDefault());
  body.addEventListener("keydown", walk);
  body.addEventListener("focusin", (event) => {
    if (event.target.matches("td")) element("said").textContent = meaning(event.target);
  });
  body.addEventListener("pointerover", (event) => {
    const cell = event.target.closest("td:not(.extra)");
    if (cell) cell.title = meaning(cell);
  });
  body.addEventListener("click", (event) => {
    const cell = event.target.closest("td:not(.extra)");
    if (!cell) return;
    focus(cell);
    cell.focus();
  });
  addEventListener("popstate", read);
  read();
}

// All measures as CSV. A text that a spreadsheet would take for a formula gets an apostrophe before it.

function csvField(value) {
  if (value === null || value === undefined) return "";
  const text = typeof value === "string" && /^[=+\-@\t\r]/.test(value) ? `'${value}` : String(value);
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function* csvRows() {
  yield ["tokenizer", "language", "name", "measure", "value", "low", "high", "units", "note"];
  const length = data.languages.length;
  for (const measure of data.measures) {
    for (let kept = 0; kept < measure.v.length; kept += 1) {
      const place = measure.at ? measure.at[kept] : kept;
      const [tag, name] = data.languages[place % length];
      const tokenizer = measure.of_text ? null : data.tokenizers[Math.floor(place / length)];
      const units = measure.u[kept % measure.u.length];
      const note = kept in measure.n ? data.notes[measure.n[kept]] : null;
      yield [tokenizer, tag, name, measure.name, measure.v[kept], measure.l[kept], measure.h[kept], units, note];
    }
  }
}

element("csv").addEventListener("click", () => {
  const lines = Array.from(csvRows(), (row) => row.map(csvField).join(","));
  // The mark at the start tells spreadsheets that this is UTF-8.
  const url = URL.createObjectURL(new Blob(["\ufeff", lines.join("\r\n"), "\r\n"], { type: "text/csv;charset=utf-8" }));
  const link = make("a");
  link.href = url;
  link.download = "langcov-measures.csv";
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
});

element("copy").addEventListener("click", async () => {
  const signature = element("signature");
  getSelection().selectAllChildren(signature);
  try {
    await navigator.clipboard.writeText(signature.textContent);
    element("copy").textContent = "Copied";
  } catch {
    element("copy").textContent = "Selected: press Ctrl+C";
  }
});

if (element("table")) startTable(element("table"));
performance.mark("ready");
