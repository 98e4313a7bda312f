// What the pages of languages show, unpacked when the first of them is opened. The rules are details.py's.

function cutsOf({ texts, ...packed }, numbers) {
  const [codes, lengths] = [numbers(packed.codes), numbers(packed.lengths)];
  let [at, place, word] = [0, 0, 0];
  const cut = () => {
    const length = lengths[place++];
    if (length === null) return null;
    return codes.slice(at, (at += length)).map((code) => (code === null ? packed.words[word++] : code));
  };
  // By language, sentence and tokenizer.
  return texts.map((own) => own.map(() => data.tokenizers.map(cut)));
}

function neighboursOf(packed, numbers) {
  const [counts, places, shares] = [numbers(packed.counts), numbers(packed.places), numbers(packed.shares)];
  let [at, place] = [0, 0];
  const next = () => ({ other: places[at], share: shares[at++] });
  return languages.map(() => data.tokenizers.map(() => Array.from({ length: counts[place++] }, next)));
}

let detailsAsked = null;

const details = () =>
  (detailsAsked ??= opened("details").then(({ content, numbers }) => ({
    ...content,
    samples: content.samples && { texts: content.samples.texts, cuts: cutsOf(content.samples, numbers) },
    nearest: content.nearest && neighboursOf(content.nearest, numbers),
  })));
