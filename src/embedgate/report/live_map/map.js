/* The live map of the report. Reads #eg-map-data, builds the application inside #eg-map, then takes the place of the
   static picture. Names are users' text: they reach the page by textContent and fillText only. */
(async () => {
  'use strict';

  const root = document.getElementById('eg-map');
  const source = document.getElementById('eg-map-data');
  if (!root || !source || !window.DecompressionStream) return; // a browser of before 2023 keeps the picture
  const packed = Uint8Array.from(atob(source.textContent), (char) => char.charCodeAt(0));
  const data = await new Response(new Blob([packed]).stream().pipeThrough(new DecompressionStream('deflate'))).json();

  const NEIGHBOURS = 10;
  const MARGIN = 24; // CSS pixels around the whole map
  const DEEPEST = 40; // times the whole map
  const CLOSE = 20; // how near a choice brings its neighbourhood
  const STEP = 1.5; // of one zoom by button or key
  const LABEL = 12; // CSS pixels of a letter on the map
  const MOST_HITS = 12;
  const MOST_LISTED = 50; // of the tracks that a check blames
  const SHAPES = 12;
  const AT_ONCE = 64; // points of one path: the time of a path grows faster than its length
  const UNTAGGED = -1;

  const points = data.x.length;
  const champion = data.champion;
  const unknown = new Set(data.unknown);
  const gone = new Set(data.gone);
  const mostPlays = data.plays.reduce((most, plays) => Math.max(most, plays), 1);
  const calm = window.matchMedia('(prefers-reduced-motion: reduce)');
  const dark = window.matchMedia('(prefers-color-scheme: dark)');
  const number = new Intl.NumberFormat('en').format;

  /* ---- state ---- */

  const view = { x: data.width / 2, y: data.height / 2, zoom: 1 };
  const size = { width: 0, height: 0, fit: 1 };
  const shown = new Map([UNTAGGED, ...data.genres.keys()].map((genre) => [genre, true]));
  let selected = -1;
  let hovered = -1;
  let hits = []; // points that the search lights up
  let marked = null; // points that the chosen check blames
  let labels = [];
  let colours = {};

  const blamedBy = new Map();
  for (const check of data.checks) {
    for (const point of check.points) {
      if (!blamedBy.has(point)) blamedBy.set(point, []);
      blamedBy.get(point).push(check.id);
    }
  }

  /* ---- names ---- */

  const isolated = (text) => `\u2068${text}\u2069`; // a name from right to left leaves its surroundings alone
  const artistOf = (entry) => data.artists[data.artist[entry]];
  const genreOf = (point) => data.genres[data.genre[point]] ?? 'untagged';
  const playsOf = (point) => `${number(data.plays[point])} ${data.plays[point] === 1 ? 'play' : 'plays'}`;

  function cut(text, limit) {
    const letters = Array.from(text);
    return letters.length <= limit ? text : `${letters.slice(0, limit - 1).join('').trimEnd()}…`;
  }

  function spoken(entry, limit = 80) {
    const title = isolated(cut(data.title[entry], limit));
    return artistOf(entry) ? `${isolated(cut(artistOf(entry), limit))} – ${title}` : title;
  }

  /* ---- elements ---- */

  function make(tag, attributes = {}, ...children) {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
    node.append(...children);
    return node;
  }

  const button = (text, attributes = {}) => make('button', { type: 'button', ...attributes }, text);
  const nameNode = (text, kind) => make('span', { class: kind, dir: 'auto' }, text);

  function trackNode(entry, ...notes) {
    const node = make('span', { class: 'eg-map-track' }, nameNode(data.title[entry] || '(no title)', 'eg-map-title'));
    const below = artistOf(entry) ? [nameNode(artistOf(entry), 'eg-map-artist'), ...notes] : notes;
    if (below.length) node.append(make('span', { class: 'eg-map-sub' }, ...below));
    return node;
  }

  const canvas = make('canvas', {
    class: 'eg-map-canvas',
    tabindex: '0',
    role: 'application',
    'aria-label': `Map of ${number(points)} tracks`,
    'aria-describedby': 'eg-map-help',
  });
  const context = canvas.getContext('2d', { alpha: false });
  const tip = make('div', { class: 'eg-map-tip', 'aria-hidden': 'true' });
  const cross = make('div', { class: 'eg-map-cross', 'aria-hidden': 'true' });
  const zoomIn = button('+', { 'aria-label': 'Zoom in' });
  const zoomOut = button('−', { 'aria-label': 'Zoom out' });
  const reset = button('Reset', { class: 'eg-map-reset', 'aria-label': 'Reset the view' });
  const controls = make('div', { class: 'eg-map-zoom', role: 'group', 'aria-label': 'View' }, zoomIn, zoomOut, reset);
  const stage = make('div', { class: 'eg-map-stage' }, canvas, cross, tip, controls);
  const help = make(
    'p',
    { class: 'eg-map-help', id: 'eg-map-help' },
    'Drag to move, scroll or pinch to zoom, choose a track to see its neighbours. ' +
      'With the keyboard: arrows, + and −, 0 for the whole map, Enter for the track at the cross, Escape to clear.',
  );
  const panel = make('section', { class: 'eg-map-panel', 'aria-label': 'Chosen track' });
  const live = make('div', { class: 'eg-map-told', role: 'status', 'aria-live': 'polite' });

  let telling = 0;
  function tell(text, wait = 0) {
    clearTimeout(telling);
    telling = setTimeout(() => {
      live.textContent = text;
    }, wait);
  }

  /* ---- shapes: each genre has one of its own, as on the static picture ---- */

  const polygon = (corners, turn, radius = 1) =>
    Array.from({ length: corners }, (_, corner) => {
      const angle = turn + (corner * 2 * Math.PI) / corners;
      const length = Array.isArray(radius) ? radius[corner % 2] : radius;
      return [length * Math.cos(angle), length * Math.sin(angle)];
    });
  const UP = -Math.PI / 2;
  const PLUS = [
    [-0.35, -1], [0.35, -1], [0.35, -0.35], [1, -0.35], [1, 0.35], [0.35, 0.35],
    [0.35, 1], [-0.35, 1], [-0.35, 0.35], [-1, 0.35], [-1, -0.35], [-0.35, -0.35],
  ]; // prettier-ignore
  const turned = (shape) => shape.map(([x, y]) => [(x - y) * Math.SQRT1_2, (x + y) * Math.SQRT1_2]);
  const OUTLINES = [
    null, // a disc
    polygon(4, Math.PI / 4, 1.25),
    polygon(3, UP, 1.3),
    polygon(4, UP, 1.25),
    polygon(3, -UP, 1.3),
    PLUS,
    turned(PLUS),
    polygon(5, UP, 1.15),
    polygon(3, Math.PI, 1.3),
    polygon(3, 0, 1.3),
    polygon(10, UP, [1.45, 0.65]),
    polygon(6, UP, 1.15),
  ];

  function trace(pen, outline, x, y, radius) {
    if (!outline) {
      pen.moveTo(x + radius, y);
      pen.arc(x, y, radius, 0, 2 * Math.PI);
      return;
    }
    pen.moveTo(x + radius * outline[0][0], y + radius * outline[0][1]);
    for (let corner = 1; corner < outline.length; corner += 1) {
      pen.lineTo(x + radius * outline[corner][0], y + radius * outline[corner][1]);
    }
    pen.closePath();
  }

  function penOf(genre) {
    if (genre === UNTAGGED) return { colour: colours.pale, outline: null };
    const place = genre % SHAPES;
    return { colour: colours.genres[place], outline: OUTLINES[(place + Math.floor(genre / SHAPES)) % SHAPES] };
  }

  function swatch(genre) {
    const node = make('canvas', {
      class: 'eg-map-swatch', 'data-genre': genre, width: 32, height: 32, 'aria-hidden': 'true',
    }); // prettier-ignore
    paintSwatch(node);
    return node;
  }

  function paintSwatch(node) {
    const genre = Number(node.dataset.genre);
    const pen = node.getContext('2d');
    pen.clearRect(0, 0, 32, 32);
    pen.fillStyle = penOf(genre).colour;
    pen.beginPath();
    trace(pen, penOf(genre).outline, 16, 16, 10);
    pen.fill();
  }

  function readColours() {
    const style = getComputedStyle(root);
    const read = (name) => style.getPropertyValue(`--eg-map-${name}`).trim();
    colours = Object.fromEntries(
      ['paper', 'ink', 'muted', 'pale', 'near', 'rival', 'blame'].map((name) => [name, read(name)]),
    );
    colours.genres = Array.from({ length: SHAPES }, (_, place) => read(`genre-${place + 1}`));
    root.querySelectorAll('canvas[data-genre]').forEach(paintSwatch);
  }

  /* ---- where everything lies ---- */

  const batches = [...shown.keys()].map((genre) => ({ genre, points: [] }));
  for (const point of Array.from({ length: points }, (_, each) => each).sort((a, b) => data.plays[a] - data.plays[b])) {
    batches[data.genre[point] + 1].points.push(point); // the most played are drawn last
  }
  const crowd = Math.min(1.15, Math.max(0.65, (1000 / points) ** 0.25));
  const radii = data.plays.map((plays) => crowd * (2.1 + 4.3 * Math.sqrt(plays / mostPlays)));

  const scale = () => size.fit * view.zoom;
  const toX = (x) => (x - view.x) * scale() + size.width / 2;
  const toY = (y) => (y - view.y) * scale() + size.height / 2;
  const radiusOf = (point) => radii[point] * view.zoom ** 0.25 * (data.genre[point] === UNTAGGED ? 0.85 : 1);
  const isShown = (point) => shown.get(data.genre[point]);

  const CELLS = 48;
  const grid = Array.from({ length: CELLS * CELLS }, () => []);
  const cellSide = Math.max(1, data.width, data.height) / CELLS;
  const cellOf = (value) => Math.min(CELLS - 1, Math.max(0, Math.floor(value / cellSide)));
  for (let point = 0; point < points; point += 1) {
    grid[cellOf(data.y[point]) * CELLS + cellOf(data.x[point])].push(point);
  }

  function* within(left, top, right, bottom) {
    for (let row = cellOf(top); row <= cellOf(bottom); row += 1) {
      for (let column = cellOf(left); column <= cellOf(right); column += 1) yield* grid[row * CELLS + column];
    }
  }

  /* The track under a place on the screen, or the nearest within reach. */
  function pick(x, y, reach) {
    const [mapX, mapY] = [(x - size.width / 2) / scale() + view.x, (y - size.height / 2) / scale() + view.y];
    const far = (reach + 12 * view.zoom ** 0.25) / scale();
    let best = -1;
    let least = Infinity;
    const lit = selected >= 0 ? new Set([selected, ...nearOnMap(selected)]) : null;
    for (const point of within(mapX - far, mapY - far, mapX + far, mapY + far)) {
      if (!isShown(point) && !lit?.has(point)) continue;
      const away = Math.hypot(data.x[point] - mapX, data.y[point] - mapY) * scale() - radiusOf(point);
      if (away <= reach && away < least) [best, least] = [point, away];
    }
    return best;
  }

  /* ---- neighbours ---- */

  function neighboursOf(point, graph) {
    const found = [];
    for (let place = point * NEIGHBOURS; place < (point + 1) * NEIGHBOURS; place += 1) {
      if (graph.near[place] >= 0) found.push({ entry: graph.near[place], alike: graph.alike[place] / 1000 });
    }
    return found;
  }

  function nearOnMap(point) {
    const graphs = champion ? [data, champion] : [data];
    const found = graphs.flatMap((graph) => neighboursOf(point, graph).map(({ entry }) => entry));
    return found.filter((entry) => entry < points);
  }

  /* ---- labels: well-known tracks of each genre in turn, where there is room ---- */

  const turns = (() => {
    const seen = new Map();
    const turn = new Map();
    const order = Array.from({ length: points }, (_, point) => point).sort((a, b) => data.plays[b] - data.plays[a]);
    for (const point of order) {
      const genre = data.genre[point];
      seen.set(genre, (seen.get(genre) ?? 0) + 1);
      turn.set(point, genre === UNTAGGED && data.genres.length ? points + seen.get(genre) : seen.get(genre));
    }
    return order.sort((a, b) => turn.get(a) - turn.get(b));
  })();

  const widths = new Map();
  function labelOf(point, strong) {
    const key = strong ? -1 - point : point;
    if (!widths.has(key)) {
      context.font = font(strong);
      const most = size.width < 520 ? 18 : 26;
      const text = artistOf(point)
        ? `${isolated(cut(artistOf(point), most - 4))} – ${isolated(cut(data.title[point], most))}`
        : isolated(cut(data.title[point], most + 14));
      widths.set(key, { text, width: context.measureText(text).width });
    }
    return widths.get(key);
  }
  const font = (strong) => `${strong ? 700 : 400} ${LABEL}px system-ui, sans-serif`;

  const overlap = (a, b) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;

  function room(point, width, taken, most) {
    const [x, y, gap] = [toX(data.x[point]), toY(data.y[point]), radiusOf(point) + 5];
    const high = LABEL + 4;
    const up = gap + high / 2;
    let best = null;
    let fewest = most + 1;
    const places = [[gap, 0], [-gap - width, 0], [-width / 2, -up], [-width / 2, up],
      [0, -up], [0, up], [-width, -up], [-width, up]]; // prettier-ignore
    for (const [left, middle] of places) {
      const box = { left: x + left, right: x + left + width, top: y + middle - high / 2, bottom: y + middle + high / 2 };
      const inside = box.left >= 4 && box.top >= 4 && box.right <= size.width - 4 && box.bottom <= size.height - 4;
      if (!inside || taken.some((other) => overlap(box, other))) continue;
      const covered = fewest === Infinity ? 0 : coveredBy(box);
      if (covered < fewest) [best, fewest] = [{ left, middle }, covered];
      if (!fewest || most === Infinity) break;
    }
    return best && { ...best, box: { left: x + best.left - 3, right: x + best.left + width + 3,
      top: y + best.middle - high / 2, bottom: y + best.middle + high / 2 } }; // prettier-ignore
  }

  function coveredBy(box) {
    const [x, y] = [(px) => (px - size.width / 2) / scale() + view.x, (py) => (py - size.height / 2) / scale() + view.y];
    const [left, top, right, bottom] = [x(box.left - 2), y(box.top - 2), x(box.right + 2), y(box.bottom + 2)];
    let covered = 0;
    for (const point of within(left, top, right, bottom)) {
      const inside = data.x[point] > left && data.x[point] < right && data.y[point] > top && data.y[point] < bottom;
      if (inside && isShown(point)) covered += 1;
    }
    return covered;
  }

  function onScreen(point) {
    const [x, y] = [toX(data.x[point]), toY(data.y[point])];
    return x >= 0 && y >= 0 && x <= size.width && y <= size.height;
  }

  function placeLabels() {
    labels = [];
    const above = ({ offsetLeft: left, offsetTop: top, offsetWidth, offsetHeight }) =>
      ({ left, top, right: left + offsetWidth, bottom: top + offsetHeight }); // prettier-ignore
    const taken = [controls, ...stage.querySelectorAll('.eg-map-objection')].map(above);
    const put = (point, most, strong, others = []) => {
      const { text, width } = labelOf(point, strong);
      const where = room(point, width, [...taken, ...others], most) ?? room(point, width, taken, most);
      if (!where) return false;
      const [x, y] = [toX(data.x[point]), toY(data.y[point])];
      taken.push(where.box, { left: x - 5, right: x + 5, top: y - 5, bottom: y + 5 });
      labels.push({ point, text, left: where.left, middle: where.middle, strong });
      return true;
    };
    const named = focus();
    if (named) {
      const visible = named.filter(onScreen).slice(0, 40);
      const others = visible.map((point) => {
        const [x, y, radius] = [toX(data.x[point]), toY(data.y[point]), radiusOf(point) + 1];
        return { left: x - radius, right: x + radius, top: y - radius, bottom: y + radius };
      });
      for (const point of visible) put(point, Infinity, point === selected, others);
      return;
    }
    if (data.objection) return;
    const most = Math.min(60, Math.round((size.width < 520 ? 6 : 12) * view.zoom ** 0.8));
    const met = new Set();
    let tried = 0;
    for (const point of marked ?? turns) {
      if (labels.length >= most || tried > 400) break;
      if (!isShown(point) || !onScreen(point)) continue;
      const artist = data.artist[point];
      if (view.zoom < 3 && met.has(artist)) continue;
      tried += 1;
      if (put(point, 7 + 3 * Math.min(3, view.zoom - 1), false)) met.add(artist);
    }
  }

  /* Points that stand out while all others step back; null where none do. */
  function focus() {
    if (hits.length) return hits;
    if (selected >= 0) return [...new Set([selected, ...nearOnMap(selected)])];
    return null;
  }

  /* ---- drawing ---- */

  let frame = 0;
  let labelling = true;
  function draw(withLabels = true) {
    labelling = labelling || withLabels;
    if (!frame) frame = requestAnimationFrame(paint);
  }

  function paint() {
    frame = 0;
    if (!size.width) return;
    const dense = Math.min(3, window.devicePixelRatio || 1);
    context.setTransform(dense, 0, 0, dense, 0, 0);
    context.fillStyle = colours.paper;
    context.fillRect(0, 0, size.width, size.height);
    if (labelling) placeLabels();
    labelling = false;
    const lit = focus();
    for (const { genre, points: members } of batches) {
      if (shown.get(genre)) paintBatch(members, penOf(genre), lit ? 0.16 : marked ? 0.3 : genre < 0 ? 0.7 : 0.88);
    }
    if (marked && !lit) paintMarked([...marked]);
    if (lit) {
      if (selected >= 0 && !hits.length) paintLines();
      for (const point of [...lit].reverse()) paintOne(point);
      if (marked) paintMarked(lit.filter((point) => marked.has(point)), false);
    }
    if (selected >= 0) ring(selected, colours.ink, 4, 2.5);
    if (hovered >= 0) {
      if (lit) paintOne(hovered);
      ring(hovered, colours.ink, 2.5, 2);
    }
    paintLabels();
  }

  function paintBatch(members, pen, alpha) {
    context.globalAlpha = alpha;
    context.fillStyle = pen.colour;
    context.strokeStyle = colours.paper;
    context.lineWidth = Math.min(1, 0.3 * view.zoom);
    for (let start = 0; start < members.length; start += AT_ONCE) {
      context.beginPath();
      for (const point of members.slice(start, start + AT_ONCE)) {
        const [x, y, radius] = [toX(data.x[point]), toY(data.y[point]), radiusOf(point)];
        if (x > -20 && y > -20 && x < size.width + 20 && y < size.height + 20) trace(context, pen.outline, x, y, radius);
      }
      context.fill();
      if (context.lineWidth > 0.5) context.stroke(); // parts what overlaps; from far away it would eat up what is small
    }
    context.globalAlpha = 1;
  }

  function paintOne(point) {
    const pen = penOf(data.genre[point]);
    context.beginPath();
    trace(context, pen.outline, toX(data.x[point]), toY(data.y[point]), radiusOf(point) + 1.5);
    context.fillStyle = data.genre[point] === UNTAGGED ? colours.muted : pen.colour;
    context.strokeStyle = colours.paper;
    context.lineWidth = 1.2;
    context.fill();
    context.stroke();
  }

  function ring(point, colour, gap, width) {
    context.beginPath();
    context.arc(toX(data.x[point]), toY(data.y[point]), radiusOf(point) + gap, 0, 2 * Math.PI);
    context.strokeStyle = colours.paper;
    context.lineWidth = width + 2;
    context.stroke();
    context.strokeStyle = colour;
    context.lineWidth = width;
    context.stroke();
  }

  function paintMarked(members, fill = true) {
    for (const point of members) {
      if (fill && isShown(point)) paintOne(point);
    }
    const outline = polygon(4, UP);
    context.beginPath();
    for (const point of members) trace(context, outline, toX(data.x[point]), toY(data.y[point]), radiusOf(point) + 6.5);
    context.strokeStyle = colours.blame;
    context.lineWidth = 2;
    context.stroke();
  }

  function paintLines() {
    const own = new Set(neighboursOf(selected, data).map(({ entry }) => entry));
    const rival = champion ? neighboursOf(selected, champion).map(({ entry }) => entry) : [];
    const line = (entries, colour, dash, width) => {
      context.beginPath();
      for (const entry of entries) {
        if (entry >= points) continue;
        context.moveTo(toX(data.x[selected]), toY(data.y[selected]));
        context.lineTo(toX(data.x[entry]), toY(data.y[entry]));
      }
      context.setLineDash(dash);
      context.strokeStyle = colour;
      context.lineWidth = width;
      context.stroke();
      context.setLineDash([]);
    };
    line(rival.filter((entry) => !own.has(entry)), colours.rival, [6, 5], 1.6);
    line([...own].filter((entry) => !rival.includes(entry)), colours.near, [], 1.6);
    line([...own].filter((entry) => rival.includes(entry)), colours.near, [], 3);
  }

  function paintLabels() {
    context.textBaseline = 'middle';
    context.textAlign = 'left';
    context.direction = 'ltr';
    context.lineJoin = 'round';
    for (const { point, text, left, middle, strong } of labels) {
      const [x, y] = [toX(data.x[point]) + left, toY(data.y[point]) + middle];
      context.font = font(strong);
      context.strokeStyle = colours.paper;
      context.lineWidth = 3.5;
      context.strokeText(text, x, y);
      context.fillStyle = colours.ink;
      context.fillText(text, x, y);
    }
  }

  /* ---- moving ---- */

  function clamp() {
    view.zoom = Math.min(DEEPEST, Math.max(1, view.zoom));
    const free = Math.min(1, 2 * (view.zoom - 1)) / 2; // every track can get to the cross, but on the whole map
    const kept = (value, side) => Math.min(side * (0.5 + free), Math.max(side * (0.5 - free), value));
    [view.x, view.y] = [kept(view.x, data.width), kept(view.y, data.height)];
    canvas.classList.toggle('eg-map-near', view.zoom > 1.01); // one finger moves the map, or else the page
    zoomIn.disabled = view.zoom >= DEEPEST;
    zoomOut.disabled = view.zoom <= 1;
  }

  let moving = 0;
  let settling = 0;
  function stop() {
    cancelAnimationFrame(moving);
  }

  function moveTo(target) {
    stop();
    const start = { ...view };
    const began = performance.now();
    const lasts = calm.matches ? 0 : 220;
    const step = (now) => {
      const share = lasts ? Math.min(1, Math.max(0, now - began) / lasts) : 1;
      const eased = 1 - (1 - share) ** 3;
      view.zoom = start.zoom * (target.zoom / start.zoom) ** eased;
      view.x = start.x + (target.x - start.x) * eased;
      view.y = start.y + (target.y - start.y) * eased;
      clamp();
      hideTip();
      draw();
      if (share < 1) moving = requestAnimationFrame(step);
      else arrived();
    };
    step(began);
  }

  let arrived = () => {};

  function pan(dx, dy) {
    view.x -= dx / scale();
    view.y -= dy / scale();
    clamp();
    draw(false);
    clearTimeout(settling);
    settling = setTimeout(draw, 120); // which names there is room for is settled once the map rests
  }

  /* Zoom so that what lies under a place on the screen stays there. */
  function around(x, y, factor, from = view) {
    const zoom = Math.min(DEEPEST, Math.max(1, from.zoom * factor));
    const shift = 1 / (size.fit * from.zoom) - 1 / (size.fit * zoom);
    return { zoom, x: from.x + (x - size.width / 2) * shift, y: from.y + (y - size.height / 2) * shift };
  }

  function zoomAt(x, y, factor) {
    stop();
    Object.assign(view, around(x, y, factor));
    clamp();
    draw();
  }

  const zoomBy = (factor) => moveTo(around(size.width / 2, size.height / 2, factor));
  const whole = () => moveTo({ x: data.width / 2, y: data.height / 2, zoom: 1 });

  /* Move so that a track and its neighbours fill the better part of the map. */
  function showNeighbourhood(point) {
    const members = [point, ...nearOnMap(point)];
    const side = (values, across) => {
      const [low, high] = [Math.min(...values), Math.max(...values)];
      return { middle: (low + high) / 2, zoom: (0.55 * across) / Math.max(1, (high - low) * size.fit) };
    };
    const across = side(members.map((member) => data.x[member]), size.width);
    const down = side(members.map((member) => data.y[member]), size.height);
    const zoom = Math.max(1, Math.min(CLOSE, across.zoom, down.zoom));
    moveTo({ x: across.middle, y: down.middle, zoom });
  }

  /* ---- hovering ---- */

  function hideTip() {
    tip.classList.remove('eg-map-tip-on');
  }

  function hover(point) {
    if (point !== hovered) {
      hovered = point;
      draw(false);
    }
    canvas.classList.toggle('eg-map-over', point >= 0);
    if (point < 0 || !onScreen(point)) {
      hideTip();
      return;
    }
    tip.replaceChildren(trackNode(point), make('span', { class: 'eg-map-facts' }, swatch(data.genre[point]),
      nameNode(genreOf(point), 'eg-map-genre'), `· ${playsOf(point)}`)); // prettier-ignore
    tip.classList.add('eg-map-tip-on');
    const [x, y, gap] = [toX(data.x[point]), toY(data.y[point]), radiusOf(point) + 8];
    const left = x + gap + tip.offsetWidth < size.width ? x + gap : Math.max(4, x - gap - tip.offsetWidth);
    const top = Math.min(size.height - tip.offsetHeight - 4, Math.max(4, y - tip.offsetHeight / 2));
    tip.style.transform = `translate(${Math.round(left)}px, ${Math.round(top)}px)`;
  }

  /* ---- choosing ---- */

  /* What is chosen on the map itself stays where it is; what is chosen by name is brought into view. */
  function select(point, { go = false, moveFocus = false } = {}) {
    selected = point;
    hits = [];
    labelling = true;
    showPanel();
    if (point >= 0) {
      if (go) showNeighbourhood(point);
      tell(summaryOf(point));
      if (moveFocus) panel.querySelector('h3').focus({ preventScroll: true });
    } else {
      tell('Nothing is chosen.');
    }
    draw();
  }

  function summaryOf(point) {
    const near = neighboursOf(point, data);
    const onMap = near.filter(({ entry }) => entry < points).length;
    const parts = [`${spoken(point)}: ${genreOf(point)}, ${playsOf(point)}`];
    parts.push(`${near.length} nearest in the space listed, ${onMap} of them on the map`);
    if (champion && unknown.has(point)) parts.push('the champion does not know it');
    else if (champion) parts.push(`${shared(point).size} also nearest in the champion`);
    if (blamedBy.has(point)) parts.push(`blamed by ${blamedBy.get(point).join(', ')}`);
    return `${parts.join('; ')}.`;
  }

  function shared(point) {
    const rival = new Set(neighboursOf(point, champion).map(({ entry }) => entry));
    return new Set(neighboursOf(point, data).map(({ entry }) => entry).filter((entry) => rival.has(entry)));
  }

  function clear() {
    const inPanel = panel.contains(document.activeElement);
    if (selected >= 0) select(-1);
    else if (marked) mark(false);
    hover(-1);
    if (inPanel) canvas.focus({ preventScroll: true }); // what had the focus is gone
  }

  /* ---- the panel beside the map ---- */

  function trackButton(point, notes = [], ...more) {
    const node = button('', { class: 'eg-map-row' });
    node.replaceChildren(swatch(data.genre[point]), trackNode(point, ...notes), ...more);
    node.addEventListener('click', () => select(point, { go: true, moveFocus: true }));
    const light = () => hover(point);
    node.addEventListener('pointerenter', light);
    node.addEventListener('focus', light);
    node.addEventListener('pointerleave', () => hover(-1));
    node.addEventListener('blur', () => hover(-1));
    return node;
  }

  function neighbourRow({ entry, alike }, both) {
    const notes = [];
    if (both.has(entry)) notes.push(make('span', { class: 'eg-map-both' }, 'in both'));
    if (gone.has(entry)) notes.push(make('span', { class: 'eg-map-note' }, 'not in this model'));
    else if (entry >= points) notes.push(make('span', { class: 'eg-map-note' }, 'not on the map'));
    const value = make('span', { class: 'eg-map-alike' }, alike.toFixed(3));
    if (entry < points) return make('li', {}, trackButton(entry, notes, value));
    const empty = make('span', { class: 'eg-map-swatch' });
    return make('li', {}, make('span', { class: 'eg-map-row eg-map-off' }, empty, trackNode(entry, ...notes), value));
  }

  function neighbourList(heading, kind, point, graph, both) {
    const column = make('div', { class: `eg-map-column eg-map-${kind}` }, make('h4', {}, heading));
    const near = neighboursOf(point, graph);
    if (near.length) column.append(make('ol', { class: 'eg-map-list' }, ...near.map((one) => neighbourRow(one, both))));
    else column.append(make('p', { class: 'eg-map-note' }, 'No neighbours.'));
    return column;
  }

  function showTrack(point) {
    const close = button('×', { class: 'eg-map-close', 'aria-label': 'Clear the choice' });
    close.addEventListener('click', clear);
    const heading = make('h3', { tabindex: '-1', dir: 'auto' }, data.title[point] || '(no title)');
    const top = make('div', { class: 'eg-map-top' }, make('div', {}, heading), close);
    if (artistOf(point)) top.firstChild.append(nameNode(artistOf(point), 'eg-map-artist'));
    const facts = make('p', { class: 'eg-map-facts' }, swatch(data.genre[point]),
      nameNode(genreOf(point), 'eg-map-genre'), `· ${playsOf(point)}`); // prettier-ignore
    panel.append(top, facts);
    if (blamedBy.has(point)) {
      const ids = blamedBy.get(point).map((id) => make('code', {}, id));
      panel.append(make('p', { class: 'eg-map-blamed' }, 'Blamed by ', ...ids.flatMap((id, at) => (at ? [', ', id] : [id]))));
    }
    const both = champion ? shared(point) : new Set();
    const lists = make('div', { class: 'eg-map-columns' });
    lists.append(neighbourList(champion ? 'This model' : 'Nearest in the space', 'own', point, data, both));
    if (champion && unknown.has(point)) {
      const stranger = make('p', { class: 'eg-map-note' }, 'The champion does not know this track.');
      lists.append(make('div', { class: 'eg-map-column eg-map-rival' }, make('h4', {}, 'Champion'), stranger));
    } else if (champion) {
      lists.append(neighbourList('Champion', 'rival', point, champion, both));
    }
    const go = button('Zoom to them', { class: 'eg-map-go' });
    go.addEventListener('click', () => showNeighbourhood(point));
    const says = `Its nearest by cosine similarity in the space itself, among all ${number(data.vocabulary)} tracks.`;
    panel.append(make('div', { class: 'eg-map-says' }, make('p', { class: 'eg-map-note' }, says), go), lists);
  }

  function showList(heading, says, members) {
    panel.append(make('h3', { tabindex: '-1' }, heading), make('p', { class: 'eg-map-note' }, says));
    const rows = members.map((point) => make('li', {}, trackButton(point)));
    panel.append(make('ol', { class: 'eg-map-list eg-map-long' }, ...rows));
  }

  function showPanel() {
    panel.replaceChildren();
    panel.classList.toggle('eg-map-wide', champion !== null);
    if (selected >= 0) {
      showTrack(selected);
    } else if (marked) {
      const { title, elsewhere } = blame();
      const beside = elsewhere ? `, and ${number(elsewhere)} that are not on it` : '';
      const most = [...marked].slice(0, MOST_LISTED);
      const left = marked.size > most.length ? ` The first ${most.length} are listed.` : '';
      showList(title, `${number(marked.size)} on the map${beside}, the worst first.${left}`, most);
    } else {
      const known = [...Array(points).keys()].sort((a, b) => data.plays[b] - data.plays[a]).slice(0, 8);
      showList('Choose a track', 'Click a point, find one by name, or begin with one of the most played. Its ten ' +
        'nearest neighbours light up on the map and are listed here.', known); // prettier-ignore
    }
    panel.scrollTop = 0;
  }

  /* ---- genres ---- */

  function legend() {
    const counts = new Map(batches.map(({ genre, points: members }) => [genre, members.length]));
    const boxes = [];
    const chips = [...data.genres.keys(), UNTAGGED].filter((genre) => counts.get(genre)).map((genre) => {
      const box = make('input', { type: 'checkbox' });
      box.checked = true;
      box.addEventListener('change', () => turn(genre, box.checked));
      boxes.push([genre, box]);
      return make('label', { class: 'eg-map-chip' }, box, swatch(genre),
        nameNode(data.genres[genre] ?? 'untagged', 'eg-map-genre'),
        make('span', { class: 'eg-map-count' }, number(counts.get(genre)))); // prettier-ignore
    });
    const turn = (genre, on) => {
      shown.set(genre, on);
      const left = boxes.filter(([, box]) => box.checked).length;
      tell(`${data.genres[genre] ?? 'untagged'} ${on ? 'shown' : 'hidden'}; ${left} of ${boxes.length} genres shown.`);
      hover(-1);
      draw();
    };
    const turnAll = (on) => {
      for (const [genre, box] of boxes) {
        box.checked = on;
        shown.set(genre, on);
      }
      tell(on ? 'All genres shown.' : 'All genres hidden.');
      draw();
    };
    const [all, none] = [button('All', { 'aria-label': 'All genres' }), button('None', { 'aria-label': 'No genre' })];
    all.addEventListener('click', () => turnAll(true));
    none.addEventListener('click', () => turnAll(false));
    const switches = make('span', { class: 'eg-map-switches' }, all, none);
    return make('fieldset', { class: 'eg-map-legend' }, make('legend', {}, 'Genres'), switches,
      make('div', { class: 'eg-map-chips' }, ...chips)); // prettier-ignore
  }

  /* ---- tracks to blame ---- */

  const toggle = make('input', { type: 'checkbox', id: 'eg-map-mark' });
  const choice = make('select', { 'aria-label': 'Check' });

  function blame() {
    const one = data.checks[Number(choice.value)];
    if (one) return { title: `Blamed by ${one.id}`, points: one.points, elsewhere: one.elsewhere };
    const elsewhere = data.checks.reduce((sum, check) => sum + check.elsewhere, 0);
    return { title: 'Blamed by any check', points: data.checks.flatMap((check) => check.points), elsewhere };
  }

  function mark(on) {
    toggle.checked = on;
    marked = on ? new Set(blame().points) : null;
    if (selected < 0) {
      showPanel();
      if (on) whole(); // marks that are out of sight mark nothing
    }
    tell(on ? `${blame().title}: ${number(marked.size)} on the map are marked.` : 'No marks.');
    draw();
  }

  function checks() {
    const blameable = data.checks.length > 0;
    if (!blameable) return make('p', { class: 'eg-map-checks eg-map-note' }, 'No check blames a track.');
    choice.append(make('option', { value: 'any' }, `any check (${number(blamedBy.size)})`));
    for (const [at, check] of data.checks.entries()) {
      choice.append(make('option', { value: at }, `${check.id} (${number(check.points.length)})`));
    }
    toggle.addEventListener('change', () => mark(toggle.checked));
    choice.addEventListener('change', () => mark(true));
    return make('div', { class: 'eg-map-checks' }, make('label', {}, toggle, 'Mark blamed tracks'), choice);
  }

  /* ---- search ---- */

  const folded = (text) => text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();
  let index = null;

  function find(query) {
    index ??= data.x.map((_, point) => [folded(data.title[point]), folded(artistOf(point))]);
    const asked = folded(query).trim();
    const words = asked.split(/\s+/).filter(Boolean);
    if (!words.length) return [];
    const rank = ([title, artist]) => {
      if (title === asked || artist === asked) return 0;
      return title.startsWith(asked) || artist.startsWith(asked) ? 1 : 2;
    };
    return index
      .map((names, point) => ({ names, point }))
      .filter(({ names }) => words.every((word) => names[0].includes(word) || names[1].includes(word)))
      .map(({ names, point }) => ({ point, rank: rank(names) }))
      .sort((a, b) => a.rank - b.rank || data.plays[b.point] - data.plays[a.point])
      .map(({ point }) => point);
  }

  function search() {
    const input = make('input', { type: 'text', id: 'eg-map-search', role: 'combobox', autocomplete: 'off',
      spellcheck: 'false', placeholder: 'Find a track or an artist', 'aria-expanded': 'false',
      'aria-autocomplete': 'list', 'aria-controls': 'eg-map-hits', 'aria-label': 'Find a track or an artist' }); // prettier-ignore
    const list = make('ul', { id: 'eg-map-hits', role: 'listbox', 'aria-label': 'Tracks found' });
    const more = make('p', { class: 'eg-map-more' });
    const box = make('div', { class: 'eg-map-hits' }, list, more);
    let options = [];
    let active = -1;

    const open = () => input.getAttribute('aria-expanded') === 'true';
    const close = () => {
      input.setAttribute('aria-expanded', 'false');
      input.removeAttribute('aria-activedescendant');
      box.classList.remove('eg-map-open');
      active = -1;
      if (hits.length) {
        hits = [];
        hover(-1);
        draw();
      }
    };
    const activate = (place) => {
      active = place;
      for (const [at, option] of options.entries()) option.setAttribute('aria-selected', String(at === place));
      if (place < 0) {
        input.removeAttribute('aria-activedescendant');
        hover(-1);
        return;
      }
      input.setAttribute('aria-activedescendant', options[place].id);
      options[place].scrollIntoView({ block: 'nearest' });
      hover(Number(options[place].dataset.point));
    };
    const choose = (point) => {
      close();
      input.value = '';
      select(point, { go: true });
    };
    const update = () => {
      const found = find(input.value);
      const first = found.slice(0, MOST_HITS);
      options = first.map((point, at) => {
        const option = make('li', { role: 'option', id: `eg-map-hit-${at}`, 'aria-selected': 'false' },
          swatch(data.genre[point]), trackNode(point), make('span', { class: 'eg-map-count' }, playsOf(point))); // prettier-ignore
        option.dataset.point = point;
        option.addEventListener('pointerdown', (event) => event.preventDefault()); // the input keeps the focus
        option.addEventListener('click', () => choose(point));
        option.addEventListener('pointermove', () => activate(at));
        return option;
      });
      list.replaceChildren(...options);
      const asked = input.value.trim() !== '';
      more.textContent = !found.length ? 'No track on the map has that in its name.'
        : found.length > first.length ? `and ${number(found.length - first.length)} more: type on` : ''; // prettier-ignore
      input.setAttribute('aria-expanded', String(asked && found.length > 0));
      box.classList.toggle('eg-map-open', asked);
      hits = asked ? found : [];
      activate(-1);
      hover(-1);
      draw();
      if (asked) tell(`${number(found.length)} ${found.length === 1 ? 'track' : 'tracks'} found.`, 400);
    };

    input.addEventListener('input', update);
    input.addEventListener('blur', close);
    input.addEventListener('keydown', (event) => {
      if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
        event.preventDefault();
        if (!open()) update();
        if (!options.length) return;
        const step = event.key === 'ArrowDown' ? 1 : -1;
        activate(active < 0 && step < 0 ? options.length - 1 : (active + step + options.length) % options.length);
      } else if (event.key === 'Enter' && open()) {
        event.preventDefault();
        choose(Number(options[Math.max(0, active)].dataset.point));
      } else if (event.key === 'Escape' && (input.value || box.classList.contains('eg-map-open'))) {
        event.stopPropagation();
        input.value = '';
        close();
      }
    });
    return make('div', { class: 'eg-map-search' }, input, box);
  }

  /* ---- pointer, wheel and keys on the map ---- */

  function at(event) {
    const box = canvas.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  }

  function listen() {
    const held = new Map();
    let far = 0; // how far the pointer went: a click goes nowhere
    let spread = null;
    const reach = (event) => (event.pointerType === 'touch' ? 18 : 8);

    canvas.addEventListener('pointerdown', (event) => {
      if (event.button !== 0) return;
      stop();
      if (!held.size) far = 0;
      canvas.setPointerCapture(event.pointerId);
      held.set(event.pointerId, at(event));
      spread = null;
    });
    canvas.addEventListener('pointermove', (event) => {
      const [x, y] = at(event);
      const before = held.get(event.pointerId);
      if (!before) {
        if (event.pointerType !== 'touch') hover(pick(x, y, reach(event)));
        return;
      }
      const [dx, dy] = [x - before[0], y - before[1]];
      far = Math.max(far, Math.hypot(dx, dy));
      if (held.size === 1 && far < 4) return;
      held.set(event.pointerId, [x, y]);
      hover(-1);
      if (held.size === 1) {
        canvas.classList.add('eg-map-held');
        pan(dx, dy);
      } else {
        const [one, other] = [...held.values()];
        const now = { x: (one[0] + other[0]) / 2, y: (one[1] + other[1]) / 2, wide: Math.hypot(one[0] - other[0], one[1] - other[1]) };
        if (spread) {
          pan(now.x - spread.x, now.y - spread.y);
          zoomAt(now.x, now.y, now.wide / Math.max(1, spread.wide));
        }
        spread = now;
      }
    });
    const release = (event) => {
      if (!held.delete(event.pointerId)) return;
      spread = null;
      canvas.classList.remove('eg-map-held');
      if (event.type !== 'pointerup' || held.size || far >= 4) return;
      const [x, y] = at(event);
      const found = pick(x, y, reach(event));
      if (found >= 0 || selected >= 0) select(found);
      if (event.pointerType === 'touch') hover(found);
    };
    canvas.addEventListener('pointerup', release);
    canvas.addEventListener('pointercancel', release);
    canvas.addEventListener('pointerleave', () => {
      if (!held.size) hover(-1);
    });
    canvas.addEventListener('dblclick', (event) => moveTo(around(...at(event), 2)));

    let scrolled = -Infinity;
    window.addEventListener('scroll', () => { scrolled = performance.now(); }, { passive: true }); // prettier-ignore
    canvas.addEventListener('wheel', (event) => {
      // who scrolls the page past the map wants to go on, and who is at the whole map wants to leave it
      const passing = performance.now() - scrolled < 300 || (event.deltaY > 0 && view.zoom <= 1);
      if (passing && !event.ctrlKey) return;
      event.preventDefault();
      const lines = event.deltaMode === 1 ? 16 : 1;
      const turn = Math.max(-120, Math.min(120, event.deltaY * lines));
      zoomAt(...at(event), Math.exp(-turn * (event.ctrlKey ? 0.01 : 0.0025)));
      hover(pick(...at(event), 8));
    }, { passive: false }); // prettier-ignore

    const keys = {
      ArrowLeft: () => keyPan(60, 0),
      ArrowRight: () => keyPan(-60, 0),
      ArrowUp: () => keyPan(0, 60),
      ArrowDown: () => keyPan(0, -60),
      '+': () => zoomBy(STEP),
      '=': () => zoomBy(STEP),
      '-': () => zoomBy(1 / STEP),
      '−': () => zoomBy(1 / STEP),
      0: whole,
      Home: whole,
      Enter: chooseAtCross,
      ' ': chooseAtCross,
    };
    canvas.addEventListener('keydown', (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey || !Object.hasOwn(keys, event.key)) return;
      event.preventDefault();
      keys[event.key]();
    });
    canvas.addEventListener('blur', () => hover(-1));
    root.addEventListener('keydown', (event) => {
      if (event.key === 'Escape') clear();
    });
    zoomIn.addEventListener('click', () => zoomBy(STEP));
    zoomOut.addEventListener('click', () => zoomBy(1 / STEP));
    reset.addEventListener('click', whole);
    arrived = atCross;
  }

  const NEAR_CROSS = 60;
  const underCross = () => pick(size.width / 2, size.height / 2, NEAR_CROSS);

  function keyPan(dx, dy) {
    stop();
    pan(dx, dy);
    atCross();
  }

  /* With the keyboard the middle of the map is the pointer. */
  function atCross() {
    if (!canvas.matches(':focus-visible')) return;
    const point = underCross();
    hover(point);
    tell(point < 0 ? `No track at the cross. Zoom ${view.zoom.toFixed(1)}.` : `${spoken(point)}, ${genreOf(point)}, ${playsOf(point)}`, 250);
  }

  function chooseAtCross() {
    const point = underCross();
    if (point >= 0) select(point);
    else tell('No track at the cross.');
  }

  /* ---- setting up ---- */

  function fitTo(width, height) {
    const dense = Math.min(3, window.devicePixelRatio || 1);
    canvas.width = Math.round(width * dense);
    canvas.height = Math.round(height * dense);
    Object.assign(size, { width, height });
    widths.clear(); // what is cut depends on the width
    size.fit = Math.min((width - 2 * MARGIN) / Math.max(1, data.width), (height - 2 * MARGIN) / Math.max(1, data.height));
    clamp();
    labelling = true;
    cancelAnimationFrame(frame);
    paint(); // at once: a canvas that was resized is blank
  }

  readColours();
  const app = make('div', { class: 'eg-map-app', role: 'region', 'aria-label': 'Live map' }, search(), checks(), stage, legend(), panel, help, live);
  if (data.objection) {
    stage.append(make('p', { class: 'eg-map-objection' }, make('strong', {}, 'Not to be read: '), data.objection));
  }
  listen();
  const stopping = data.checks.findIndex((check) => check.stops && check.points.length);
  if (stopping >= 0) {
    choice.value = String(stopping); // a model that is stopped is looked at for its blamed tracks
    toggle.checked = true;
    marked = new Set(blame().points);
  }
  showPanel();
  root.append(app);
  const fit = () => {
    if (stage.clientWidth) fitTo(stage.clientWidth, stage.clientHeight);
  };
  try {
    fit();
  } catch (error) {
    app.remove(); // the picture stays
    throw error;
  }
  root.classList.add('eg-map-on');
  new ResizeObserver(fit).observe(stage);
  dark.addEventListener('change', () => {
    readColours();
    draw();
  });
})();
