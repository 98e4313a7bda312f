// Everything as a file to save: CSV for a spreadsheet, JSON for a program.

// A text that a spreadsheet would take for a formula gets an apostrophe before it.
function csvField(value) {
  if (value === null || value === undefined) return "";
  const text = typeof value === "string" && /^[=+\-@\t\r]/.test(value) ? `'${value}` : String(value);
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

const DOWNLOADED = ["tokenizer", "language", "name", "measure", "value", "low", "high", "units", "note"];

// Numbers as they were before they were packed into whole ones.
const rounded = (value) => (value === null ? null : Number(value.toPrecision(12)));

function* everyRow() {
  for (const measure of everyMeasure) {
    const { value, low, high, units } = measure.columns;
    for (let place = 0; place < value.length; place += 1) {
      if (units[place] === null) continue;
      const { tag, name } = languages[place % size];
      const tokenizer = measure.of_text ? null : data.tokenizers[Math.floor(place / size)];
      yield [tokenizer, tag, name, measure.name, rounded(value[place]), rounded(low[place]), rounded(high[place]), units[place], measure.reason(place) || null];
    }
  }
}

function save(parts, type, name) {
  const url = URL.createObjectURL(new Blob(parts, { type }));
  const link = make("a");
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

function saveCsv() {
  const lines = [DOWNLOADED, ...everyRow()].map((row) => row.map(csvField).join(","));
  // The mark at the start tells spreadsheets that this is UTF-8.
  save(["\ufeff", lines.join("\r\n"), "\r\n"], "text/csv;charset=utf-8", "langcov-measures.csv");
}

function saveJson() {
  const rows = Array.from(everyRow(), (row) => Object.fromEntries(DOWNLOADED.map((key, at) => [key, row[at]])));
  const signature = element("signature").textContent;
  save([JSON.stringify({ signature, measures: rows })], "application/json", "langcov-measures.json");
}

async function copySignature() {
  const signature = element("signature");
  getSelection().selectAllChildren(signature);
  try {
    await navigator.clipboard.writeText(signature.textContent);
    element("copy").textContent = "Copied";
  } catch {
    element("copy").textContent = "Selected: press Ctrl+C";
  }
}

element("csv").addEventListener("click", saveCsv);
element("json").addEventListener("click", saveJson);
element("copy").addEventListener("click", copySignature);
