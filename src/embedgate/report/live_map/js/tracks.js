/** The tracks of the map and their neighbours. `payload.py` describes the columns. */

/** Unpack the payload: base64 of deflated JSON. */
export function decode(text) {
  const bytes = Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('deflate'));
  return new Response(stream).json();
}

/** No point, no entry; as a genre: untagged. */
export const NONE = -1;

/**
 * Columns of the payload as fields, and what is derived from them once.
 * An entry is a track; the first `count` entries are the points of the map, the others are only neighbours.
 */
export class Tracks {
  constructor(payload) {
    Object.assign(this, payload);
    this.count = this.x.length;
    this.perTrack = this.neighbours.length / this.count;
    this.newPoints = new Set(this.new);
    this.removedEntries = new Set(this.removed);
    this.byPlays = [...this.x.keys()].sort((a, b) => this.plays[b] - this.plays[a]);
    this.maxPlays = Math.max(1, this.plays[this.byPlays[0]]);
    this.checksOf = new Map();
    for (const check of this.checks) {
      for (const point of check.points) {
        this.checksOf.set(point, [...(this.checksOf.get(point) ?? []), check.id]);
      }
    }
  }

  titleOf(entry) {
    return this.title[entry] || '(no title)';
  }

  artistOf(entry) {
    return this.artists[this.artist[entry]];
  }

  genreName(genre) {
    return genre === NONE ? 'untagged' : this.genres[genre];
  }

  /** The nearest neighbours of a point in this model or the champion, nearest first. */
  neighboursOf(point, { neighbours, similarities } = this) {
    const row = [point * this.perTrack, (point + 1) * this.perTrack];
    const similarity = similarities.slice(...row);
    return neighbours
      .slice(...row)
      .map((entry, rank) => ({ entry, similarity: similarity[rank] / 1000 }))
      .filter(({ entry }) => entry !== NONE);
  }

  /** Entries that are neighbours of a point in this model and in the champion. */
  sharedNeighbours(point) {
    if (!this.champion) return new Set();
    const inChampion = new Set(this.neighboursOf(point, this.champion).map(({ entry }) => entry));
    const own = this.neighboursOf(point).map(({ entry }) => entry);
    return new Set(own.filter((entry) => inChampion.has(entry)));
  }

  isOnMap(entry) {
    return entry < this.count;
  }

  /** A point and those of its neighbours, in this model or the champion, that are on the map. */
  neighbourhood(point) {
    const models = this.champion ? [this, this.champion] : [this];
    const found = models.flatMap((model) => this.neighboursOf(point, model).map(({ entry }) => entry));
    return [...new Set([point, ...found.filter((entry) => this.isOnMap(entry))])];
  }
}
