// Which view is shown: the overview, one language, one tokenizer, or two tokenizers side by side.

const drill = element("drill");
const overview = element("overview");
const drawTable = element("table") ? startTable(element("table")) : null;
const title = document.title;

for (const link of document.querySelectorAll("a[data-lang]")) {
  if (placeOf.has(link.dataset.lang)) link.href = addressOf({ ...INITIAL, lang: link.dataset.lang });
}

const tokenizerPages = [...document.querySelectorAll(".tokenizer-page")];

function show(before) {
  const from = data.tokenizers.indexOf(state.compare);
  const to = data.tokenizers.indexOf(state.with);
  let view = viewOf(state);
  if (!firstMeasure || (view === "lang" && !placeOf.has(state.lang))) view = "";
  if (view === "tokenizer" && !data.tokenizers.includes(state.tokenizer)) view = "";
  if (view === "compare" && (from < 0 || to < 0)) view = "";
  document.body.dataset.view = view;
  drill.hidden = !view;
  overview.hidden = Boolean(view) && view !== "tokenizer";
  const moved = before === null ? Boolean(view) : !sameView(before, state);
  if (view === "lang") languagePage(placeOf.get(state.lang), drill);
  else if (view === "compare") switchPage(from, to, drill);
  else if (view === "tokenizer") tokenizerView();
  else {
    drill.replaceChildren();
    for (const page of tokenizerPages) page.hidden = false;
    drawTable?.();
  }
  const heading = view === "tokenizer" ? `${state.tokenizer}` : drill.querySelector("h2")?.textContent;
  document.title = view && heading ? `${heading} – ${title}` : title;
  if (moved) arrive(view, before);
}

// A tokenizer's page stands in the file; the others and the rest are put out of sight.
function tokenizerView() {
  drill.replaceChildren(build("p", { class: "back" }, build("a", { href: addressWith({}) }, "← All languages")));
  for (const page of tokenizerPages) {
    page.hidden = page.dataset.tokenizer !== state.tokenizer;
    if (!page.hidden) page.open = true;
  }
}

function arrive(view, before) {
  if (view) {
    scrollTo({ top: 0, behavior: "instant" });
    drill.focus({ preventScroll: true });
  } else if (before?.lang && placeOf.has(before.lang)) {
    // Back in the table, on the language that one came from.
    document.querySelector(`#rows tr[data-language="${placeOf.get(before.lang)}"] a.name`)?.focus({ preventScroll: true });
  }
}

function typed(event) {
  if (event.metaKey || event.ctrlKey || event.altKey) return;
  const busy = event.target.closest?.("input, select, textarea");
  if (event.key === "/" && !busy && element("find")) {
    event.preventDefault();
    if (viewOf(state)) choose(OVERVIEW);
    element("find").focus();
    element("find").scrollIntoView({ block: "center", behavior: "instant" });
  } else if (event.key === "Escape" && viewOf(state) && !busy) choose(OVERVIEW);
}

history.scrollRestoration = "manual";
listeners.push(show);
document.addEventListener("click", followLink);
document.addEventListener("keydown", typed);
addEventListener("popstate", readAddress);
{
  const hash = location.hash.slice(1);
  if (hash.includes("=")) for (const [key, value] of new URLSearchParams(hash)) if (key in state) state[key] = value;
  show(null);
}
document.documentElement.dataset.ready = "";
performance.mark("ready");
