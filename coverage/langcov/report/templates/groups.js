// Languages taken together: by script, family, region; with means in which each counts alike, or by its speakers or text.

const GROUPS = { "": "each language", script: "script", family: "family", region: "region" };
const WEIGHTS = {
  "": ["each language counts alike", () => 1],
  speakers: ["weighted by speakers", (language) => language.speakers ?? 0],
  text: ["weighted by characters of text", (language) => language.characters],
};

function groupsOf(key, weigh, measure, members) {
  const weight = (WEIGHTS[weigh] ?? WEIGHTS[""])[1];
  const found = new Map();
  for (const place of members) {
    const name = languages[place][key] ?? "unknown";
    if (!found.has(name)) found.set(name, []);
    found.get(name).push(place);
  }
  return [...found].map(([name, places]) => {
    const cells = Array.from({ length: measure.width }, (_, column) => {
      let [sum, weights, number] = [0, 0, 0];
      for (const place of places) {
        const value = measure.sound(measure.at(place, column));
        const own = weight(languages[place]);
        if (value === null || !own) continue;
        sum += own * value;
        weights += own;
        number += 1;
      }
      return { value: weights ? sum / weights : null, number };
    });
    const speakers = places.reduce((sum, place) => sum + (languages[place].speakers ?? 0), 0);
    return { name, places, cells, speakers, middle: median(cells.map((cell) => cell.value).filter((value) => value !== null)) };
  });
}

function drawGroups(body, groups, measure, key, open) {
  body.replaceChildren(
    ...groups.map((group) => {
      const name = make("button", group.name, "name");
      name.type = "button";
      name.addEventListener("click", () => open(key, group.name));
      const head = build("th", { scope: "row", class: "language" }, name, " ", make("small", counted(group.places.length, "language"), "count"));
      const cells = group.cells.map(({ value, number }) => {
        const cell = make("td", shown(value, measure.unit), value === null ? "none" : measure.ramp + stepOf(value, measure.breaks, measure.better));
        cell.title = value === null ? "no language of it has a value and a weight" : `mean of ${counted(number, "language")}`;
        return cell;
      });
      return build("tr", {}, head, make("td", "", "extra"), make("td", people(group.speakers), "extra number"), cells);
    }),
  );
}

function people(speakers) {
  for (const [amount, unit] of [[1e9, "bn"], [1e6, "M"], [1e3, "k"]]) {
    if (speakers >= amount) return `${(speakers / amount).toFixed(speakers / amount < 10 ? 1 : 0)} ${unit}`;
  }
  return speakers ? String(speakers) : "";
}
