// The page of one language: what it is, what it costs, its sentences as tokens, its letters, its neighbours.

const KINDS = {
  text: "whole characters",
  bytes: "a part of a character, as bytes",
  unknown: "lost: the model sees only “unknown”",
  rewritten: "rewritten by the tokenizer before it is cut",
};
const FATES = { w: "whole", p: "several pieces", s: "in bytes", l: "lost" };

const languageLink = (place) => build("a", { href: addressWith({ lang: languages[place].tag }) }, languages[place].name);
const tokenizerLink = (name) => build("a", { href: addressWith({ tokenizer: name }) }, name);

function languagePage(place, holder) {
  const language = languages[place];
  const late = make("div", "", "late");
  late.append(make("p", "Unpacking sentences and letters …", "note"));
  holder.replaceChildren(
    languageHead(language),
    build("section", { "aria-labelledby": "costs-title" }, build("h3", { id: "costs-title" }, "Under each tokenizer"), measureChoice(), costs(language)),
    late,
  );
  details().then((found) => {
    if (!late.isConnected) return;
    late.replaceChildren(sentences(language, found.samples), letters(language, found.alphabets), neighbours(language, found.nearest), results(language, found.results));
  });
}

function languageHead(language) {
  const facts = [
    ["Tag", language.tag],
    ["Script", language.script],
    ["Family", language.family ?? "unknown"],
    ["Main region", language.region ?? "unknown"],
    ["Speakers", language.people || "unknown"],
    ["Written", language.direction === "rtl" ? "from right to left" : "from left to right"],
    ["Text counted", `${counted(language.segments, "segment")}, ${counted(language.characters, "character")}`],
  ];
  const autonym = language.autonym && build("bdi", { class: "autonym", lang: language.bcp47, dir: language.direction }, language.autonym);
  return build(
    "div",
    {},
    build("p", { class: "back" }, build("a", { href: addressWith({}) }, "← All languages")),
    build("h2", { tabindex: "-1" }, language.name, autonym ? " " : null, autonym),
    build("p", { class: "lead" }, verdict(language)),
    build("dl", { class: "facts" }, facts.map(([term, value]) => build("div", {}, make("dt", term), make("dd", String(value))))),
  );
}

// In one sentence: who serves it best and worst, by the first measure.
function verdict(language) {
  const measure = firstMeasure;
  if (!measure || measure.of_text) return "";
  const known = data.tokenizers
    .map((name, tokenizer) => ({ name, value: measure.sound(measure.at(language.place, tokenizer)) }))
    .filter(({ value }) => value !== null)
    .sort((one, other) => measure.worse(one.value, other.value));
  if (!known.length) return `${measure.title}: no tokenizer here can be compared in this language.`;
  const told = ({ name, value }) => `${name} (${shown(value, measure.unit)})`;
  const missing = data.tokenizers.length - known.length;
  const gone = missing ? ` ${counted(missing, "tokenizer")} can't be compared in it; the table says why.` : "";
  if (known.length === 1) return `${measure.title} under ${told(known[0])}.${gone}`;
  return `${measure.title}: best under ${told(known[0])}, worst under ${told(known.at(-1))}.${gone}`;
}

function measureChoice() {
  const select = build("select", {}, measures.map((known) => build("option", { value: known.name, selected: known.name === state.measure }, known.title)));
  select.addEventListener("change", () => choose({ measure: select.value }));
  return build("form", { class: "controls", "aria-label": "What is shown" }, build("label", {}, "Measure ", select));
}

function costs(language) {
  const measure = measureNamed(state.measure) ?? firstMeasure;
  const scale = scaleOf(measure, language.place);
  const fates = ["whole_characters", "spelled_characters", "lost_characters"].map(measureNamed);
  const head = ["Tokenizer", measure.title, "95 % interval", "", "Rank", ...(fates.every(Boolean) ? ["Whole", "In bytes", "Lost"] : [])];
  const rows = Array.from({ length: data.tokenizers.length }, (_, tokenizer) => {
    const place = measure.at(language.place, tokenizer);
    const value = measure.value(place);
    const note = measure.reason(place);
    const first = value === null ? build("td", { class: "number none", title: note }, MISSING) : make("td", shown(value, measure.unit), `number ${measure.cautioned(place) ? "caution" : measure.ramp + stepOf(value, measure.breaks, measure.better)}`);
    return build(
      "tr",
      {},
      build("th", { scope: "row" }, tokenizerLink(data.tokenizers[tokenizer])),
      first,
      value === null
        ? build("td", { class: "why", colspan: 2 }, note || "no reason given")
        : [make("td", measure.interval(place) || "none", "number"), build("td", { class: "whisker-cell" }, whisker(scale, value, measure.bounds(place)))],
      make("td", rankOf(measure, language.place, tokenizer), "number"),
      fates.every(Boolean) ? fates.map((fate) => make("td", shown(fate.value(fate.at(language.place, tokenizer)), "share"), "number")) : [],
    );
  });
  return build(
    "div",
    { class: "scroll", tabindex: "0", role: "region", "aria-label": `${measure.title} of ${language.name} under each tokenizer` },
    build(
      "table",
      { class: "plain" },
      build("thead", {}, build("tr", {}, head.map((text, at) => (text ? build("th", { scope: "col", class: at ? "number" : null }, text) : make("td"))))),
      build("tbody", {}, rows),
    ),
  );
}

// Where a language stands among those that a tokenizer can be compared in: 1 is best.
function rankOf(measure, language, tokenizer) {
  const own = measure.sound(measure.at(language, tokenizer));
  if (own === null || measure.better === "neutral") return MISSING;
  let [better, all] = [0, 0];
  for (let other = 0; other < size; other += 1) {
    const value = measure.sound(measure.at(other, tokenizer));
    if (value === null) continue;
    all += 1;
    if (measure.worse(own, value) > 0) better += 1;
  }
  return `${(better + 1).toLocaleString("en-US")} of ${all.toLocaleString("en-US")}`;
}

function scaleOf(measure, language) {
  const known = data.tokenizers.flatMap((_, tokenizer) => {
    const place = measure.at(language, tokenizer);
    return [measure.value(place), ...(measure.bounds(place) ?? [])];
  });
  const values = known.filter((value) => value !== null);
  const [least, most] = [Math.min(...values), Math.max(...values)];
  return (value) => (most > least ? 4 + (92 * (value - least)) / (most - least) : 50);
}

function whisker(scale, value, bounds) {
  const line = bounds ? [draw("path", { d: `M${scale(bounds[0])} 5H${scale(bounds[1])}`, class: "whisker" })] : [];
  return draw("svg", { viewBox: "0 0 100 10", preserveAspectRatio: "none", class: "whiskers", "aria-hidden": "true" }, ...line, draw("path", { d: `M${scale(value)} 1V9`, class: "point" }));
}

// Sentences as tokens.

function* chipsOf(text, codes) {
  const bytes = new TextEncoder().encode(text);
  const strict = new TextDecoder("utf-8", { fatal: true });
  let at = 0;
  for (let place = 0; place < codes.length; place += 1) {
    const code = codes[place];
    if (typeof code === "string") {
      at += codes[++place];
      yield { kind: "rewritten", piece: code };
    } else if (code === 0) at += codes[++place];
    else {
      const piece = bytes.subarray(at, at + Math.abs(code));
      at += Math.abs(code);
      try {
        yield { kind: code < 0 ? "unknown" : "text", piece: visible(strict.decode(piece)) };
      } catch {
        yield { kind: code < 0 ? "unknown" : "bytes", piece: Array.from(piece, (byte) => byte.toString(16).toUpperCase().padStart(2, "0")).join(" ") };
      }
    }
  }
}

function chip({ kind, piece }) {
  const inside = [];
  if (kind === "unknown") inside.push(make("span", "lost: ", "unseen"));
  if (kind === "bytes") inside.push(make("span", "bytes ", "unseen"));
  if (kind === "rewritten") inside.push(make("span", "rewritten: ", "unseen"));
  // A space is part of many tokens, and would not be seen at a chip's edge.
  const [space] = /^ */.exec(piece);
  if (space) inside.push(make("span", "␣".repeat(space.length), "space"));
  inside.push(piece.slice(space.length));
  return build("span", { class: `chip ${kind}`, title: KINDS[kind], dir: kind === "bytes" ? "ltr" : null }, inside);
}

function sentences(language, samples) {
  const texts = samples?.texts[language.place] ?? [];
  const title = build("h3", { id: "sentences-title" }, "Sentences as tokens");
  if (!texts.length) return build("section", { "aria-labelledby": "sentences-title" }, title, make("p", "This run keeps no sentence of this language.", "note"));
  const key = build("ul", { class: "legend chip-key" }, Object.entries(KINDS).map(([kind, meaning]) => build("li", {}, build("span", { class: `chip ${kind}` }, { text: "abc", bytes: "E1 8B", unknown: "abc", rewritten: "abc" }[kind]), ` ${meaning}`)));
  const written = { lang: language.bcp47, dir: language.direction };
  return build(
    "section",
    { "aria-labelledby": "sentences-title" },
    title,
    make("p", "Each box is one token; ␣ is a space inside it. The fewer boxes for the same sentence, the better.", "note"),
    key,
    texts.map((text, number) => {
      const lines = data.tokenizers.flatMap((name, tokenizer) => {
        const codes = samples.cuts[language.place][number][tokenizer];
        if (!codes) return [];
        const found = [...chipsOf(text, codes)];
        const odd = ["bytes", "unknown", "rewritten"].map((kind) => [kind, found.filter((each) => each.kind === kind).length]).filter(([, sum]) => sum);
        const told = odd.map(([kind, sum]) => `${sum} ${{ bytes: "in bytes", unknown: "lost", rewritten: "rewritten" }[kind]}`);
        return build("div", { class: "cut" }, build("p", { class: "cut-name" }, tokenizerLink(name), ` ${[counted(found.length, "token"), ...told].join(", ")}`), build("p", { class: "chips", ...written }, found.map(chip)));
      });
      return build("div", { class: "sentence" }, build("blockquote", written, visible(text)), lines);
    }),
  );
}

// Letters of the standard alphabet.

function letters(language, alphabets) {
  const own = alphabets?.letters[language.place];
  const title = build("h3", { id: "letters-title" }, "Its alphabet, letter by letter");
  if (!own) return build("section", { "aria-labelledby": "letters-title" }, title, make("p", "No standard alphabet of it is known here.", "note"));
  const each = own.split(" ");
  const written = { lang: language.bcp47, dir: language.direction };
  const whole = alphabets.counts[language.place];
  const parts = data.tokenizers.map((name, tokenizer) => {
    const signs = alphabets.fates[language.place][tokenizer];
    if (!signs) return null;
    const sums = Object.keys(FATES).map((sign, at) => (whole ? whole[tokenizer][at] : signs.split(sign).length - 1));
    const told = Object.values(FATES).map((fate, at) => [sums[at], fate]).filter(([sum]) => sum).map(([sum, fate]) => `${sum.toLocaleString("en-US")} ${fate}`);
    const marked = build("ul", { class: "letters", ...written }, each.map((letter, at) => {
      const fate = signs[at] ?? "w";
      return build("li", { class: `letter fate-${fate}`, title: FATES[fate] }, letter, fate === "w" ? null : make("span", ` ${FATES[fate]}`, "unseen"));
    }));
    const poor = sums[2] + sums[3] > 0;
    return build("details", { class: "alphabet" }, build("summary", {}, make("strong", name), `: ${told.join(", ")}${poor ? "" : " – none lost"}`), marked);
  });
  const open = parts.find((part) => part?.querySelector(".fate-s, .fate-l")) ?? parts.find(Boolean);
  if (open) open.open = true;
  const shownOnly = whole ? ` The first ${each.length} letters are shown; the counts are of all.` : "";
  return build(
    "section",
    { "aria-labelledby": "letters-title" },
    title,
    build("ul", { class: "legend" }, Object.entries(FATES).map(([sign, fate]) => build("li", {}, build("span", { class: `letter fate-${sign}` }, "a"), ` ${fate}`))),
    make("p", `Each letter encoded alone.${shownOnly}`, "note"),
    parts.filter(Boolean),
  );
}

function neighbours(language, nearest) {
  const title = build("h3", { id: "nearest-title" }, "Nearest languages");
  const rows = data.tokenizers.flatMap((name, tokenizer) => {
    const found = nearest?.[language.place][tokenizer] ?? [];
    if (!found.length) return [];
    const others = found.map(({ other, share }, at) => [at ? ", " : "", languageLink(other), ` (${share}%)`]);
    return build("tr", {}, build("th", { scope: "row" }, tokenizerLink(name)), build("td", {}, others));
  });
  if (!rows.length) return build("section", { "aria-labelledby": "nearest-title" }, title, make("p", "Not known: this run holds no neighbours of it.", "note"));
  const table = build("table", { class: "plain" }, build("thead", {}, build("tr", {}, build("th", { scope: "col" }, "Under"), build("th", { scope: "col" }, "Share of running text in common, over pieces of letters"))), build("tbody", {}, rows));
  return build("section", { "aria-labelledby": "nearest-title" }, title, build("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": `Nearest languages of ${language.name}` }, table));
}

// Published zero-shot results: [[benchmark, phrase], ...] by tag.
function results(language, known) {
  const title = build("h3", { id: "results-title" }, "Results known");
  const own = known?.[language.tag] ?? [];
  const note = own.length
    ? "The best published zero-shot result of each benchmark, in percent, whatever tokenizer the model has."
    : "No zero-shot result of a model is known here in this language.";
  const list = build("ul", { class: "many" }, own.map(([what, phrase]) => build("li", {}, make("strong", `${what}: `), phrase)));
  return build("section", { "aria-labelledby": "results-title" }, title, make("p", note, "note"), ...(own.length ? [list] : []));
}
