// Cells of the table: a value with its colour, or a dash with its reason; and what a cell means in words.

const FOOTNOTES = 6;

const withoutNumbers = (note) => note.replace(/\d[\d.,]*(?<=\d)/g, "N");

// A reason why there is no value, or a caution about one; not the reason why there is no interval.
const footnoted = (measure, place) =>
  measure.reason(place) && (measure.value(place) === null || measure.cautioned(place));

// Notes that differ only in their numbers share a letter: a map from what they share to the letter and the text.
function footnotesOf(measure) {
  const groups = new Map();
  for (const [place, reason] of measure.columns.note) {
    if (!footnoted(measure, place)) continue;
    const shared = withoutNumbers(reason);
    const group = groups.get(shared) ?? { count: 0, texts: new Set() };
    group.count += 1;
    group.texts.add(reason);
    groups.set(shared, group);
  }
  const commonest = [...groups].sort((one, other) => other[1].count - one[1].count || (one[0] < other[0] ? -1 : 1));
  return new Map(
    commonest.slice(0, FOOTNOTES).map(([shared, { texts }], place) => {
      const text = texts.size > 1 ? shared : [...texts][0];
      return [shared, { letter: "abcdefghij"[place], text }];
    }),
  );
}

function drawCell(cell, measure, place, marks) {
  const value = measure.value(place);
  if (value === null) {
    const note = measure.reason(place) || "no reason given";
    const mark = marks.get(withoutNumbers(note));
    cell.className = "none";
    cell.title = note;
    cell.replaceChildren(MISSING, ...(mark ? [make("sup", mark.letter)] : []));
    return;
  }
  const bounds = measure.interval(place);
  const caution = measure.cautioned(place);
  const mark = caution && marks.get(withoutNumbers(measure.reason(place)));
  cell.className = caution ? "caution" : measure.ramp + stepOf(value, measure.breaks, measure.better);
  cell.removeAttribute("title");
  cell.replaceChildren(
    shown(value, measure.unit),
    ...(mark ? [make("sup", mark.letter)] : []),
    ...(bounds ? [make("small", bounds)] : []),
  );
}

function meaningOf(measure, language, tokenizer) {
  const place = measure.at(language, tokenizer);
  const under = measure.of_text ? "" : ` under ${data.tokenizers[tokenizer]}`;
  const bounds = measure.interval(place);
  const reason = measure.reason(place);
  const value =
    measure.value(place) === null
      ? `no value, because ${reason || "no reason was given"}`
      : `${shown(measure.value(place), measure.unit)}${bounds ? `, 95 % interval ${bounds}` : ""}` +
        `, from ${counted(measure.columns.units[place], "unit")}${reason ? `; ${reason}` : ""}`;
  return `${languages[language].name}${under}: ${measure.title.toLowerCase()} ${value}.`;
}
