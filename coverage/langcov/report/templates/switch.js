// Two tokenizers side by side: what changes for each language if one switches from one to the other.

const CHANGES = { gain: "better", loss: "worse", unclear: "too close to call", missing: "can't be compared" };

// How each language fares: the change in per cent, or in points for shares; better or worse only where intervals are apart.
function changesOf(measure, from, to) {
  return languages.map((language) => {
    const [before, after] = [measure.at(language.place, from), measure.at(language.place, to)];
    const [old, now] = [measure.sound(before), measure.sound(after)];
    if (old === null || now === null) return { place: language.place, old, now, change: null, kind: "missing", reason: measure.reason(old === null ? before : after) };
    const change = measure.unit === "share" ? now - old : old === 0 ? (now === 0 ? 0 : null) : now / old - 1;
    const [one, other] = [measure.bounds(before), measure.bounds(after)];
    const apart = one && other ? one[1] < other[0] || other[1] < one[0] : now !== old;
    const kind = !apart || now === old ? "unclear" : measure.worse(now, old) > 0 ? "loss" : "gain";
    return { place: language.place, old, now, change, kind };
  });
}

function changeText(measure, change) {
  if (change === null) return MISSING;
  const sign = change > 0 ? "+" : change < 0 ? "−" : "";
  const amount = Math.abs(change * 100);
  return `${sign}${amount.toFixed(amount && amount < 10 ? 1 : 0)}${measure.unit === "share" ? " points" : "%"}`;
}

function switchPage(from, to, holder) {
  const measure = [measureNamed(state.measure), firstMeasure].find((known) => known && !known.of_text);
  const changes = changesOf(measure, from, to);
  const [old, now] = [data.tokenizers[from], data.tokenizers[to]];
  const known = changes.filter(({ change }) => change !== null);
  const signed = (each) => measure.worse(each.now, each.old) / (measure.unit === "share" ? 1 : Math.abs(each.old) || 1);
  const orders = {
    gains: ["Largest gain first", (one, other) => signed(one) - signed(other)],
    losses: ["Largest loss first", (one, other) => signed(other) - signed(one)],
    name: ["Name", (one, other) => compareNames(languages[one.place].name, languages[other.place].name)],
    speakers: ["Speakers", (one, other) => (languages[other.place].speakers ?? 0) - (languages[one.place].speakers ?? 0)],
  };
  const order = orders[state.order] ? state.order : "gains";
  const sorted = [...known].sort(orders[order][1]);
  const missing = changes.filter(({ change }) => change === null);
  holder.replaceChildren(
    build("p", { class: "back" }, build("a", { href: addressWith({}) }, "← All languages")),
    build("h2", { tabindex: "-1" }, `What changes from ${old} to ${now}`),
    switchForm(from, to, measure, order, orders),
    build("p", { class: "lead" }, switchVerdict(measure, changes, old, now)),
    build("p", { class: "note" }, `${measure.title}: ${measure.reading} A language counts as better or worse only where the two 95 % intervals are apart.${fateVerdict(from, to, old, now)}`),
    switchTable(measure, [...sorted, ...missing], old, now),
  );
}

function switchForm(from, to, measure, order, orders) {
  const choice = (label, options, chosen, change) => {
    const select = build("select", {}, options.map(([text, value]) => build("option", { value, selected: value === chosen }, text)));
    select.addEventListener("change", () => choose(change(select.value)));
    return build("label", {}, `${label} `, select);
  };
  const names = data.tokenizers.map((name) => [name, name]);
  const swap = build("button", { type: "button" }, "Swap");
  swap.addEventListener("click", () => choose({ compare: data.tokenizers[to], with: data.tokenizers[from] }));
  return build(
    "form",
    { class: "controls", "aria-label": "What is compared" },
    choice("From", names, data.tokenizers[from], (value) => ({ compare: value })),
    choice("To", names, data.tokenizers[to], (value) => ({ with: value })),
    swap,
    choice("Measure", measures.filter((known) => !known.of_text).map((known) => [known.title, known.name]), measure.name, (value) => ({ measure: value })),
    choice("Sort by", Object.entries(orders).map(([value, [text]]) => [text, value]), order, (value) => ({ order: value })),
  );
}

function switchVerdict(measure, changes, old, now) {
  const sum = (kind) => changes.filter((each) => each.kind === kind).length;
  const known = changes.filter(({ change }) => change !== null);
  if (!known.length) return `No language can be compared under both ${old} and ${now}.`;
  const middle = changeText(measure, median(known.map(({ change }) => change)));
  const cannot = sum("missing") ? `; ${counted(sum("missing"), "language")} can't be compared` : "";
  return `Of ${counted(known.length, "language")}, ${sum("gain").toLocaleString("en-US")} fare better under ${now}, ${sum("loss").toLocaleString("en-US")} worse, and ${sum("unclear").toLocaleString("en-US")} are too close to call${cannot}. The change in the middle is ${middle}.`;
}

function fateVerdict(from, to, old, now) {
  const told = [["lost_characters", "lost"], ["spelled_characters", "in bytes"]].flatMap(([name, word]) => {
    const fate = measureNamed(name);
    if (!fate) return [];
    const sum = (tokenizer) => languages.filter(({ place }) => (fate.value(fate.at(place, tokenizer)) ?? 0) > 0.01).length;
    return `${word} in ${sum(from)} languages under ${old} and ${sum(to)} under ${now}`;
  });
  return told.length ? ` Over 1 % of the letters are ${told.join("; ")}.` : "";
}

function switchTable(measure, changes, old, now) {
  const most = Math.max(...changes.map(({ change }) => Math.abs(change ?? 0)), 1e-9);
  const rows = changes.map(({ place, old: before, now: after, change, kind, reason }) => {
    const width = change === null ? 0 : (48 * Math.abs(change)) / most;
    const bar = change ? draw("svg", { viewBox: "0 0 100 10", preserveAspectRatio: "none", class: "change", "aria-hidden": "true" }, draw("path", { d: "M50 0V10", class: "zero" }), draw("rect", { class: kind, x: change > 0 ? 50 : 50 - width, y: 1, width, height: 8 })) : null;
    return build(
      "tr",
      {},
      build("th", { scope: "row" }, languageLink(place)),
      make("td", shown(before, measure.unit), "number"),
      make("td", shown(after, measure.unit), "number"),
      make("td", changeText(measure, change), "number"),
      build("td", { class: "change-cell" }, bar),
      build("td", { class: `verdict ${kind}` }, CHANGES[kind], kind === "missing" && reason ? make("small", `: ${reason}`) : null),
    );
  });
  const head = ["Language", old, now, "Change", "", "Under the second"];
  return build(
    "div",
    { class: "scroll tall", tabindex: "0", role: "region", "aria-label": `Languages under ${old} and ${now}` },
    build("table", { class: "plain", id: "switch" }, build("thead", {}, build("tr", {}, head.map((text, at) => (text ? build("th", { scope: "col", class: at && at < 4 ? "number" : null }, text) : make("td"))))), build("tbody", {}, rows)),
  );
}
