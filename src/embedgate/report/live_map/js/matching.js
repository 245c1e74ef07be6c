/** Finds tracks by words of their title and artist, whatever their case and accents. */

const folded = (text) => text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();

function rank(names, query) {
  if (names.includes(query)) return 0;
  return names.some((name) => name.startsWith(query)) ? 1 : 2;
}

/** Return a function that finds the points whose names contain all words: exact names first, then prefixes. */
export function createFinder(tracks) {
  const names = tracks.x.map((_, point) => [folded(tracks.title[point]), folded(tracks.artistOf(point))]);

  return function find(text) {
    const query = folded(text).trim();
    if (!query) return [];
    const words = query.split(/\s+/);
    return tracks.byPlays
      .filter((point) => words.every((word) => names[point].some((name) => name.includes(word))))
      .toSorted((a, b) => rank(names[a], query) - rank(names[b], query));
  };
}
