// Names that all scripts share: elements from text alone, marks of outcomes, numbers as people read them.
globalThis.muster = {};
(function (m) {
  'use strict';

  // Characters that steer a reader rather than show: controls, marks that turn the order of text, invisible ones.
  const unseen = /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/g;
  m.show = (text) => String(text).replace(unseen, (c) => 'U+' + c.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0'));

  const svgSpace = 'http://www.w3.org/2000/svg';

  // fill sets attributes and appends children; a child that is no node becomes text.
  function fill(node, attributes, children) {
    for (const [name, value] of Object.entries(attributes || {})) {
      if (value === undefined || value === null || value === false) continue;
      if (name.startsWith('on')) node.addEventListener(name.slice(2), value);
      else node.setAttribute(name, value === true ? '' : m.show(value));
    }
    for (const child of children.flat(Infinity)) {
      if (child === undefined || child === null || child === false) continue;
      node.append(child instanceof Node ? child : document.createTextNode(m.show(child)));
    }
    return node;
  }

  m.el = (tag, attributes, ...children) => fill(document.createElement(tag), attributes, children);
  m.svg = (tag, attributes, ...children) => fill(document.createElementNS(svgSpace, tag), attributes, children);
  m.id = (id) => document.getElementById(id);

  // Outcomes from best to worst for "the worst of": unknown is worse than survives and better than what is known to fail.
  m.outcomes = {
    survives: { mark: '✓', rank: 1, what: 'survives' },
    unknown: { mark: '?', rank: 2, what: 'unknown' },
    degraded: { mark: '~', rank: 3, what: 'degraded' },
    lost: { mark: '✗', rank: 4, what: 'lost' },
  };
  m.untouched = { mark: '·', rank: 0, what: 'not touched' };
  m.markOf = (outcome) => (m.outcomes[outcome] || m.untouched).mark;

  m.badge = (outcome, text) => m.el('span', { class: 'badge is-' + (outcome || 'none') },
    m.el('span', { class: 'mark', 'aria-hidden': 'true' }, m.markOf(outcome)), ' ', text || (m.outcomes[outcome] || m.untouched).what);

  // word is an outcome as it follows a number.
  m.word = (n, outcome) => n.toLocaleString('en-US') + ' ' + (outcome === 'survives' && n !== 1 ? 'survive' : outcome);

  m.percent = (share) => {
    const p = share * 100;
    return (p === 0 || p === 100 ? p : p < 1 ? p.toFixed(2) : p.toFixed(p < 10 ? 1 : 0)) + ' %';
  };
  m.count = (n, one, many) => n.toLocaleString('en-US') + ' ' + (n === 1 ? one : many || one + 's');

  // ms reads a duration as Go writes it; NaN where it is none.
  const unit = { h: 3600000, m: 60000, s: 1000, ms: 1, 'µs': 1e-3, ns: 1e-6 };
  m.ms = (text) => {
    let sum = 0;
    for (const [, n, u] of String(text).matchAll(/([0-9.]+)(h|ms|m|s|µs|ns)/g)) sum += Number(n) * unit[u];
    return sum;
  };
  m.duration = (ms) => {
    if (ms === 0) return '0 s';
    if (ms < 1000) return Math.round(ms) + ' ms';
    const s = ms / 1000;
    if (s < 90) return (Number.isInteger(s) ? s : s.toFixed(1)) + ' s';
    const min = Math.floor(s / 60), rest = Math.round(s % 60);
    if (min < 90) return min + ' min' + (rest ? ' ' + rest + ' s' : '');
    return Math.floor(min / 60) + ' h' + (min % 60 ? ' ' + (min % 60) + ' min' : '');
  };

  m.place = (position) => position ? position.file + ':' + position.line : '';

  // tell says what has changed to those who do not see it.
  m.tell = (text) => { m.id('live').textContent = m.show(text); };

  // local is the end of "mesh/scope/namespace/host" as people say it.
  m.local = (id) => {
    const parts = String(id).split('/');
    if (parts.length < 4) return id;
    return parts[parts.length - 2] + '/' + parts[parts.length - 1].split('.')[0];
  };
})(globalThis.muster);
