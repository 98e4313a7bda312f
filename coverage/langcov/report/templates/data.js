// The measures, decoded when they are first asked for. The rules are packing.py's.

// The page's policy knows the hash of this script and runs no other. All charts share it.
let bundle = null;

function loadBundle() {
  bundle ??= unpacked("bundle").then((source) => {
    const script = make("script");
    script.textContent = textOf(source);
    document.head.append(script);
  });
  return bundle;
}

const { content: data, numbers } = await opened("data");
const size = data.languages.length;

const FIELDS = ["tag", "name", "autonym", "bcp47", "direction", "script", "family", "region", "speakers", "people", "segments", "characters"];
const languages = data.languages.map((row, place) => {
  const language = Object.fromEntries(FIELDS.map((field, column) => [field, row[column]]));
  const words = [language.tag, language.name, language.autonym, language.script, language.family, language.region];
  return { ...language, place, words: folded(words.filter(Boolean).join(" ")) };
});
const placeOf = new Map(languages.map((language) => [language.tag, language.place]));

// A measure with its values, bounds and notes at each place; a place is a tokenizer's number times the languages, plus a
// language's number. Measures of the text itself have one tokenizer.
class Measure {
  constructor(packed) {
    this.packed = packed;
    for (const key of ["name", "title", "unit", "better", "reading", "of_text", "breaks", "legend"]) this[key] = packed[key];
    this.width = packed.of_text ? 1 : data.tokenizers.length;
    this.ramp = packed.better === "neutral" ? "amount-" : "worse-";
  }

  #columns = null;

  get columns() {
    if (this.#columns) return this.#columns;
    const { d, n } = this.packed;
    const [v, l, h, u, at] = ["v", "l", "h", "u", "at"].map((key) => numbers(this.packed[key]));
    const one = 10 ** d;
    const value = new Array(this.width * size).fill(null);
    const low = value.slice();
    const high = value.slice();
    const units = value.slice();
    const note = new Map();
    let place = -1;
    for (let kept = 0; kept < v.length; kept += 1) {
      place = at ? (kept ? place + at[kept] : at[0]) : kept;
      units[place] = u[kept % u.length];
      if (kept in n) note.set(place, data.notes[n[kept]]);
      if (v[kept] === null) continue;
      value[place] = v[kept] / one;
      if (l[kept] !== null) low[place] = (v[kept] - l[kept]) / one;
      if (h[kept] !== null) high[place] = (v[kept] + h[kept]) / one;
    }
    this.#columns = { value, low, high, units, note };
    return this.#columns;
  }

  at(language, tokenizer) {
    return (this.of_text ? 0 : tokenizer) * size + language;
  }

  value(place) {
    return this.columns.value[place];
  }

  reason(place) {
    return this.columns.note.get(place) ?? "";
  }

  bounds(place) {
    const [low, high] = [this.columns.low[place], this.columns.high[place]];
    return low === null || high === null ? null : [low, high];
  }

  interval(place) {
    const bounds = this.bounds(place);
    return bounds ? `${shown(bounds[0], this.unit)} to ${shown(bounds[1], this.unit)}` : "";
  }

  // A note warns of a value that has an interval, or says so.
  cautioned(place) {
    const reason = this.reason(place);
    return this.value(place) !== null && Boolean(reason) && (this.bounds(place) !== null || reason.startsWith("caution"));
  }

  #sounds = null;

  // The value, unless a caution says that it misleads.
  sound(place) {
    this.#sounds ??= this.columns.value.map((value, at) => (value !== null && this.columns.note.has(at) && this.cautioned(at) ? null : value));
    return this.#sounds[place];
  }

  soundOf(language) {
    return Array.from({ length: this.width }, (_, column) => this.sound(this.at(language, column))).filter((value) => value !== null);
  }

  // Positive where the first is worse than the second.
  worse(one, other) {
    return this.better === "higher" ? other - one : one - other;
  }
}

const everyMeasure = data.measures.map((packed) => new Measure(packed));
const measures = everyMeasure.filter((measure) => !measure.name.includes(":"));
const measureNamed = (name) => measures.find((measure) => measure.name === name);
const firstMeasure = measures.find((measure) => !measure.of_text && numbers(measure.packed.v).some((value) => value !== null)) ?? measures[0];
