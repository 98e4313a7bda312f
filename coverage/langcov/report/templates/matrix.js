// The table: another measure, another order, filters, groups. What is in sight is drawn at once, the rest in slices.

const SLICE = 40;
const SPEAKERS = {
  "": ["any number", () => true],
  "100m": ["100 million or more", (number) => number >= 1e8],
  "10m": ["10 million or more", (number) => number >= 1e7],
  "1m": ["1 million or more", (number) => number >= 1e6],
  small: ["under 1 million", (number) => number > 0 && number < 1e6],
  unknown: ["unknown", (number) => !number],
};
const FACETS = ["script", "family", "region"];

function startTable(table) {
  const body = element("rows");
  const groupBody = element("groups");
  const rows = new Array(size);
  for (const row of body.rows) rows[row.dataset.language] = row;
  const heads = [...table.tHead.rows[0].cells];
  const feet = [...table.tFoot.rows[0].cells].slice(3);
  const drawnAs = new Array(size).fill(firstMeasure); // which measure each row shows
  let order = [...body.rows].map((row) => Number(row.dataset.language)); // as it stands in the file
  let measure = firstMeasure;
  let marks = null;
  let focused = null;
  let pending = [];
  let timer = 0;

  for (const language of languages) rows[language.place].cells[0].querySelector("a").href = addressOf({ ...INITIAL, lang: language.tag });

  // Rows: cells are drawn anew only where they show another measure.

  function drawRow(place) {
    if (drawnAs[place] === measure) return;
    drawnAs[place] = measure;
    const cells = rows[place].cells;
    for (let column = 0; column < data.tokenizers.length; column += 1) {
      const cell = cells[column + 3];
      cell.hidden = column >= measure.width;
      if (column < measure.width) drawCell(cell, measure, measure.at(place, column), marks);
    }
  }

  function place(slice) {
    for (const language of slice) drawRow(language);
    body.append(...slice.map((language) => rows[language]));
  }

  function drawRest() {
    cancelAnimationFrame(timer);
    if (!pending.length) {
      table.removeAttribute("aria-busy");
      return;
    }
    place(pending.splice(0, SLICE));
    timer = requestAnimationFrame(drawRest);
  }

  function finish() {
    cancelAnimationFrame(timer);
    place(pending.splice(0));
    table.removeAttribute("aria-busy");
  }

  const isDrawn = (wanted) =>
    !pending.length && wanted.length === order.length && wanted.every((language, at) => language === order[at] && drawnAs[language] === measure);

  function drawRows(wanted) {
    cancelAnimationFrame(timer);
    body.replaceChildren();
    table.setAttribute("aria-busy", "true");
    order = wanted;
    pending = wanted.slice();
    place(pending.splice(0, SLICE));
    // The first frame is for what is in sight.
    timer = requestAnimationFrame(() => (timer = requestAnimationFrame(drawRest)));
  }

  // What goes with a measure: heads, definition, legend, footnotes.

  function drawMeasure() {
    marks = footnotesOf(measure);
    heads.slice(3).forEach((head, column) => {
      head.hidden = column >= measure.width;
      head.querySelector("button").textContent = measure.of_text ? "The text itself" : data.tokenizers[column];
    });
    feet.forEach((foot, column) => (foot.hidden = column >= measure.width));
    const say = (name, text) => (document.querySelector(`#reading .measure-${name}`).textContent = text);
    say("title", measure.title);
    say("unit", measure.unit && !["share", "ratio"].includes(measure.unit) ? ` (${measure.unit})` : "");
    say("reading", measure.reading);
    drawLegend(element("legend"), measure.legend, measure.ramp);
    element("footnotes").replaceChildren(
      ...[...marks.values()].map(({ letter, text }) => build("li", {}, make("sup", letter), ` ${text}.`)),
    );
  }

  // Order and filters.

  const by = () => state.sort.replace(/^-/, "");
  const column = () => (measure.of_text ? 0 : data.tokenizers.indexOf(by().slice("column:".length)));

  function sorted(items, keyOf) {
    const reversed = state.sort.startsWith("-") ? -1 : 1;
    const keyed = items.map((item, at) => ({ item, at, key: keyOf(item) }));
    keyed.sort((one, other) => {
      if (one.key === null || other.key === null) return (one.key === null) - (other.key === null) || one.at - other.at;
      const sign = typeof one.key === "string" ? compareNames(one.key, other.key) : one.key - other.key;
      return reversed * sign || one.at - other.at;
    });
    return keyed.map(({ item }) => item);
  }

  function keyOfLanguage(language) {
    const [key, about] = [by(), languages[language]];
    if (key === "name" || key === "script") return about[key];
    if (key === "speakers") return about.speakers ? -about.speakers : null;
    const worstFirst = measure.better === "higher" ? 1 : -1;
    const value = key.startsWith("column:") ? measure.value(measure.at(language, column())) : median(measure.soundOf(language));
    return value === null || value === undefined ? null : worstFirst * value;
  }

  function keyOfGroup(group) {
    const key = by();
    if (key === "name" || key === "script") return group.name;
    if (key === "speakers") return -group.speakers;
    const worstFirst = measure.better === "higher" ? 1 : -1;
    const value = key.startsWith("column:") ? group.cells[column()]?.value : group.middle;
    return value === null || value === undefined ? null : worstFirst * value;
  }

  function drawHeads() {
    const reversed = state.sort.startsWith("-");
    const key = by();
    const worstFirst = measure.better === "higher" ? 1 : -1;
    const rising = { name: true, script: true, speakers: false }[key] ?? worstFirst > 0;
    for (const head of heads) {
      const sorts = head.dataset.sort === key || (key.startsWith("column:") && Number(head.dataset.sort) === column());
      if (sorts) head.setAttribute("aria-sort", rising !== reversed ? "ascending" : "descending");
      else head.removeAttribute("aria-sort");
    }
  }

  function found() {
    const words = folded(state.q).split(/\s+/).filter(Boolean);
    const spoken = (SPEAKERS[state.speakers] ?? SPEAKERS[""])[1];
    return languages
      .filter(
        (language) =>
          words.every((word) => language.words.includes(word)) &&
          FACETS.every((facet) => !state[facet] || (language[facet] ?? "unknown") === state[facet]) &&
          spoken(language.speakers),
      )
      .map((language) => language.place);
  }

  function say(kept) {
    const all = counted(size, "language");
    const part = kept.length < size ? `${kept.length.toLocaleString("en-US")} of ${all}` : all;
    if (!state.group) return part;
    const [weighed] = WEIGHTS[state.weigh] ?? WEIGHTS[""];
    return `${part}, by ${GROUPS[state.group]}: means, ${weighed}`;
  }

  function draw() {
    const before = measure;
    measure = measureNamed(state.measure) ?? firstMeasure;
    const kept = found();
    const grouped = state.group in GROUPS && state.group !== "";
    const wanted = grouped ? [] : sorted(kept, keyOfLanguage);
    const same = !grouped && !body.hidden && isDrawn(wanted);
    // Asked for now, while nothing has changed yet, this costs no layout.
    if (!same && table.parentElement.scrollTop) table.parentElement.scrollTop = 0;
    marks ??= footnotesOf(measure);
    if (measure !== before) drawMeasure();
    drawControls();
    body.hidden = grouped;
    groupBody.hidden = !grouped;
    if (grouped) {
      const groups = sorted(groupsOf(state.group, state.weigh, measure, kept), keyOfGroup);
      drawGroups(groupBody, groups, measure, state.group, (key, name) => choose({ group: "", [key]: name }));
    } else if (!same) drawRows(wanted);
    drawHeads();
    feet.slice(0, measure.width).forEach((foot, at) => {
      const values = kept.map((language) => measure.sound(measure.at(language, at)));
      foot.textContent = shown(median(values.filter((value) => value !== null)), measure.unit);
    });
    element("said").textContent = say(kept);
    if (!same) focus(null);
  }

  // Controls: built once, then kept in step with the address.

  function drawControls() {
    const values = { measure: measure.name, sort: by(), speakers: state.speakers, group: state.group, weigh: state.weigh };
    for (const facet of FACETS) values[facet] = state[facet];
    for (const [id, value] of Object.entries(values)) {
      const control = element(id);
      control.value = value;
      if (control.selectedIndex < 0) control.selectedIndex = 0;
    }
    if (element("find").value !== state.q) element("find").value = state.q;
    element("intervals").checked = Boolean(state.intervals);
    element("weigh-label").hidden = !state.group;
  }

  function fill(id, options) {
    element(id).append(...options.map(([text, value]) => new Option(text, value)));
  }

  function facetOptions(facet) {
    const counts = new Map();
    for (const language of languages) {
      const value = language[facet] ?? "unknown";
      counts.set(value, (counts.get(value) ?? 0) + 1);
    }
    const named = [...counts].sort((one, other) => compareNames(one[0], other[0]));
    return [["all", ""], ...named.map(([value, number]) => [`${value} (${number})`, value])];
  }

  fill("measure", measures.map((known) => [known.title, known.name]));
  fill("sort", [
    ["Worst served, by median", "worst"],
    ["Name", "name"],
    ["Script", "script"],
    ["Speakers", "speakers"],
    ...data.tokenizers.map((name) => [name, `column:${name}`]),
  ]);
  for (const facet of FACETS) fill(facet, facetOptions(facet));
  fill("speakers", Object.entries(SPEAKERS).map(([value, [text]]) => [text, value]));
  fill("group", Object.entries(GROUPS).map(([value, text]) => [text, value]));
  fill("weigh", Object.entries(WEIGHTS).map(([value, [text]]) => [text, value]));
  for (const head of heads) {
    const at = Number(head.dataset.sort);
    const key = Number.isNaN(at) ? head.dataset.sort : `column:${data.tokenizers[at]}`;
    const button = make("button", head.textContent);
    button.type = "button";
    button.addEventListener("click", () => choose({ sort: state.sort === key ? `-${key}` : key }));
    head.replaceChildren(button);
  }
  for (const id of ["measure", "sort", ...FACETS, "speakers", "group", "weigh"]) {
    element(id).addEventListener("change", (event) => choose({ [id]: event.target.value }));
  }
  element("intervals").addEventListener("change", (event) => choose({ intervals: event.target.checked ? "1" : "" }));
  element("find").addEventListener("input", (event) => choose({ q: event.target.value }, { replace: true }));
  element("find").form.addEventListener("submit", (event) => event.preventDefault());
  element("reset").addEventListener("click", () => choose({ q: "", script: "", family: "", region: "", speakers: "", group: "", weigh: "" }));

  // One cell at a time can be reached with the tab key; arrow keys walk on from there.

  function focus(cell) {
    if (focused) focused.removeAttribute("tabindex");
    focused = cell ?? (order.length && !body.hidden ? rows[order[0]].cells[3] : null);
    if (focused) focused.tabIndex = 0;
  }

  function walk(event) {
    const moves = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
    const cell = event.target.closest("td");
    if (!moves[event.key] || !cell) return;
    const [down, right] = moves[event.key];
    event.preventDefault();
    let row = cell.parentElement;
    if (down) row = down > 0 ? row.nextElementSibling : row.previousElementSibling;
    const next = row?.cells[cell.cellIndex + right];
    if (!next || next.cellIndex < 3 || next.hidden) return;
    focus(next);
    next.focus();
  }

  const meaning = (cell) => meaningOf(measure, Number(cell.parentElement.dataset.language), cell.cellIndex - 3);

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
  addEventListener("beforeprint", finish);
  focus(null);
  return draw;
}
