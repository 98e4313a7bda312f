// What is shown is written in the address, in one scheme: #lang=amh_Ethi&measure=premium&sort=-name&q=latin
// So each view has an address that can be sent around, and the browser's back button works.

const INITIAL = {
  lang: "",
  tokenizer: "",
  compare: "",
  with: "",
  order: "gains",
  measure: firstMeasure?.name ?? "",
  sort: "worst",
  q: "",
  script: "",
  family: "",
  region: "",
  speakers: "",
  group: "",
  weigh: "",
  intervals: "",
};
const OVERVIEW = { lang: "", tokenizer: "", compare: "", with: "", order: INITIAL.order };
const state = { ...INITIAL };
const listeners = [];

function addressOf(wanted) {
  const chosen = Object.entries(wanted).filter(([key, value]) => value !== INITIAL[key]);
  return chosen.length ? `#${new URLSearchParams(chosen)}` : "#";
}

// The address of another view with the choices made so far.
const addressWith = (change) => addressOf({ ...state, ...OVERVIEW, ...change });

function changed(before) {
  for (const listener of listeners) listener(before);
}

function choose(change, { replace = false } = {}) {
  const before = { ...state };
  Object.assign(state, change);
  if (replace) history.replaceState(history.state, "", addressOf(state));
  else {
    history.replaceState({ scroll: scrollY }, "");
    history.pushState({ scroll: null }, "", addressOf(state));
  }
  changed(before);
}

function readAddress(event) {
  const hash = location.hash.slice(1);
  if (hash && !hash.includes("=")) {
    // A section of the overview.
    const before = { ...state };
    Object.assign(state, OVERVIEW);
    changed(before);
    element(hash)?.scrollIntoView();
    return;
  }
  const given = new URLSearchParams(hash);
  const before = { ...state };
  for (const key of Object.keys(state)) state[key] = given.get(key) ?? INITIAL[key];
  changed(before);
  const scroll = event?.state?.scroll;
  if (typeof scroll === "number") scrollTo({ top: scroll, behavior: "instant" });
}

// A link to another view keeps the measure, the order and the filters.
function followLink(event) {
  const link = event.target.closest("a[href^='#']");
  if (!link || event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  const hash = link.getAttribute("href").slice(1);
  if (!hash.includes("=")) {
    if (!hash) {
      event.preventDefault();
      choose(OVERVIEW);
    }
    return;
  }
  event.preventDefault();
  const given = Object.fromEntries(new URLSearchParams(hash));
  choose({ ...OVERVIEW, ...given });
}

const viewOf = (of) => ["lang", "tokenizer", "compare"].find((key) => of[key]) ?? "";
const sameView = (one, other) => ["lang", "tokenizer", "compare"].every((key) => one[key] === other[key]);
