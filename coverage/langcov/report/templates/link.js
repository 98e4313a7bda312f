// The charts of the link: drawn anew by Vega when they come into view, so that each point tells its language.

{
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  let charts = null;

  async function draw(holder) {
    try {
      charts ??= opened("link-data").then(({ content }) => content);
      const chart = (await charts)[holder.dataset.chart];
      await loadBundle();
      const drawn = make("div");
      drawn.setAttribute("aria-hidden", "true");
      await window.vegaEmbed(
        drawn,
        { ...chart.spec, datasets: chart.datasets },
        { ast: true, renderer: "svg", actions: false, tooltip: { theme: dark ? "dark" : "light" } },
      );
      holder.replaceChildren(drawn);
      holder.dataset.live = "yes";
    } catch (error) {
      holder.append(make("p", `(The chart can't be made to answer in this browser: ${error.message}.)`, "note"));
    }
  }

  for (const holder of document.querySelectorAll("[data-chart]")) {
    new IntersectionObserver((entries, observer) => {
      if (!entries.some((entry) => entry.isIntersecting)) return;
      observer.disconnect();
      draw(holder);
    }).observe(holder);
  }
}
