/** Formats names and numbers for the page. */

export const formatNumber = new Intl.NumberFormat('en').format;

export const counted = (count, noun) => `${formatNumber(count)} ${noun}${count === 1 ? '' : 's'}`;

/** Keep right-to-left text from reordering its surroundings. */
const isolate = (text) => `\u2068${text}\u2069`;

function truncate(text, limit) {
  const letters = Array.from(text);
  if (letters.length <= limit) return text;
  const start = letters.slice(0, limit - 1).join('');
  return `${start.trimEnd()}…`;
}

/** Artist and title of an entry on one line. */
export function fullName(tracks, entry, { artistLimit = 80, titleLimit = 80 } = {}) {
  const artist = tracks.artistOf(entry);
  const title = tracks.titleOf(entry);
  if (!artist) return isolate(truncate(title, artistLimit + titleLimit));
  return `${isolate(truncate(artist, artistLimit))} – ${isolate(truncate(title, titleLimit))}`;
}
