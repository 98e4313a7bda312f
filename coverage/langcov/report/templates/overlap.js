// The heat map: drawn anew by Vega when it comes into view, so that it can show every measure and tell each cell's number.

function startOverlap(overlap, numbers) {
  const holder = element("heat-map");
  let view = null;

  const chosen = () => {
    const key = `${element("overlap-measure").value}|${element("overlap-pieces").value}`;
    return overlap.tables[key] ?? { d: 0, v: [], l: [], h: [], n: [], notes: [], breaks: [], better: "lower", legend: [] };
  };

  function pairs() {
    const table = chosen();
    const size = overlap.labels.length;
    const [values, lows, highs, notes] = [table.v, table.l, table.h, table.n].map(numbers);
    const decimal = (whole) => (whole === null ? null : whole / 10 ** table.d);
    return values.flatMap((whole, place) => {
      const [value, ...bounds] = [whole, lows[place], highs[place]].map(decimal);
      const note = table.notes[notes[place]];
      if (value === null && !note) return [];
      return {
        row: overlap.labels[Math.floor(place / size)],
        column: overlap.labels[place % size],
        step: value === null ? 7 : stepOf(value, table.breaks, table.better),
        text: shown(value, "share"),
        interval: bounds.includes(null) ? note ?? "none" : bounds.map((bound) => shown(bound, "share")).join(" to "),
      };
    });
  }

  async function start() {
    try {
      await loadBundle();
      const drawn = make("div");
      drawn.setAttribute("aria-hidden", "true");
      const dark = matchMedia("(prefers-color-scheme: dark)").matches;
      const result = await window.vegaEmbed(
        drawn,
        { ...overlap.spec, datasets: { pairs: pairs() } },
        { ast: true, renderer: "svg", actions: false, tooltip: { theme: dark ? "dark" : "light" } },
      );
      view = result.view;
      holder.replaceChildren(drawn);
      holder.dataset.live = "yes";
    } catch (error) {
      element("overlap-reading").textContent += ` (The map can't be changed in this browser: ${error.message}.)`;
    }
  }

  async function change() {
    const measure = overlap.measures.find((known) => known.name === element("overlap-measure").value);
    element("overlap-reading").textContent = `${measure.reading} Row: the first language; column: the other. Their order puts like by like. A blank square has no value.`;
    drawLegend(element("overlap-legend"), chosen().legend, "amount-");
    if (!view) await (started ??= start());
    view?.data("pairs", pairs()).run();
  }

  let started = null;
  element("overlap-measure").value = overlap.first[0];
  element("overlap-pieces").value = overlap.first[1];
  element("overlap-measure").addEventListener("change", change);
  element("overlap-pieces").addEventListener("change", change);
  new IntersectionObserver((entries, observer) => {
    if (!entries.some((entry) => entry.isIntersecting)) return;
    observer.disconnect();
    started ??= start();
  }).observe(holder);
}

if (element("overlap-data")) opened("overlap-data").then(({ content, numbers }) => startOverlap(content, numbers));
