// What the page holds packed: compressed, written in 91 signs, long lists of numbers as planes of bytes. The rules are embedding.py's.

const SIGNS = Array.from({ length: 94 }, (_, at) => String.fromCharCode(33 + at)).filter((sign) => !"&<>".includes(sign));
const valueOfSign = new Uint8Array(128);
SIGNS.forEach((sign, value) => (valueOfSign[sign.charCodeAt(0)] = value));

// Two signs are 13 bits; one that is left over is 6.
function bytesOf(text) {
  const pairs = text.length >> 1;
  const bytes = new Uint8Array((13 * pairs + 6 * (text.length & 1)) >> 3);
  let [held, width, filled] = [0, 0, 0];
  const take = (bits, number) => {
    held = (held << bits) | number;
    width += bits;
    while (width >= 8) {
      width -= 8;
      bytes[filled] = held >> width;
      filled += 1;
    }
    held &= (1 << width) - 1;
  };
  for (let place = 0; place < 2 * pairs; place += 2) take(13, valueOfSign[text.charCodeAt(place)] * 91 + valueOfSign[text.charCodeAt(place + 1)]);
  if (text.length & 1) take(6, valueOfSign[text.charCodeAt(text.length - 1)]);
  return bytes;
}

async function unpacked(id) {
  const stream = new Blob([bytesOf(element(id).textContent)]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

const textOf = (bytes) => new TextDecoder().decode(bytes);

// The data of an element, and a function that gives a list in it, whether it stands there or lies in planes.
async function opened(id) {
  const holder = element(id);
  if (holder.type === "application/json") return { content: JSON.parse(holder.textContent), numbers: (list) => list };
  const bytes = await unpacked(id);
  const end = bytes.indexOf(10); // the JSON is one line
  const planes = bytes.subarray(end + 1);
  return { content: JSON.parse(textOf(bytes.subarray(0, end))), numbers: (list) => (list?.planes ? numbersIn(planes, ...list.planes) : list) };
}

// 0 stands for null, 1 for the least number.
function numbersIn(planes, start, length, depth, least) {
  const found = new Array(length);
  for (let place = 0; place < length; place += 1) {
    let code = 0;
    for (let plane = depth - 1; plane >= 0; plane -= 1) code = code * 256 + planes[start + plane * length + place];
    found[place] = code ? code - 1 + least : null;
  }
  return found;
}
