// One prediction: where requests went and go, what protects them, whether there is room, how long it takes, and why.
(function (m) {
  'use strict';

  const protection = { mtls: ['🔒', 'mTLS'], tls: ['🔒', 'TLS'], plaintext: ['', 'plaintext'], unknown: ['', 'unknown'] };

  // sentence makes one of a clause; names of fields at its beginning stay as they are written.
  const sentence = (clause) => (/^[a-z]+[ ,]/.test(clause) ? clause.charAt(0).toUpperCase() + clause.slice(1) : clause) + (/[.!?]$/.test(clause) ? '' : '.');

  m.answerView = (v) => m.el('div', { class: 'answer-body' },
    v.reason && m.el('p', { class: 'reason' }, sentence(v.reason)),
    !v.authorized && m.el('p', { class: 'notice' }, 'Callers are not authorized where requests go.'),
    destinations(v), capacity(v), m.recoveryView(v.recovery), trace(v.trace));

  // destinations are rows by place: the share before, the share now, and how each is protected.
  function destinations(v) {
    const rows = new Map();
    const add = (list, member) => {
      for (const d of list) {
        const key = [d.locality, d.cluster, d.service].join('|');
        if (!rows.has(key)) rows.set(key, { ...d, before: 0, after: 0, was: '', is: '' });
        const r = rows.get(key);
        r[member] += d.share;
        r[member === 'before' ? 'was' : 'is'] = d.encryption;
      }
    };
    add(v.before, 'before');
    add(v.after, 'after');
    const list = [...rows.values()].sort((a, b) => b.after - a.after || b.before - a.before);
    const body = list.map((r) => m.el('tr', {},
      m.el('th', { scope: 'row' }, r.locality || 'no known place', m.el('span', { class: 'dim sub' }, [r.cluster, r.service].filter(Boolean).join(', ') || 'outside')),
      m.el('td', {}, share(r.before, 'before')), m.el('td', {}, share(r.after, 'after')),
      m.el('td', {}, encryption(r))));
    if (v.failing > 0) {
      body.push(m.el('tr', { class: 'fails' }, m.el('th', { scope: 'row' }, m.el('span', { class: 'mark', 'aria-hidden': 'true' }, '✗ '), 'fail'), m.el('td', {}), m.el('td', {}, share(v.failing, 'failing')), m.el('td', {})));
    }
    return m.el('div', { class: 'part' }, m.el('h4', {}, 'Where requests go'), m.el('table', { class: 'flows' },
      m.el('caption', { class: 'quiet' }, 'Destinations before and after the failure'),
      m.el('thead', {}, m.el('tr', {}, ['Destination', 'Before', 'After', 'Encryption'].map((h) => m.el('th', { scope: 'col' }, h)))),
      m.el('tbody', {}, body.length ? body : m.el('tr', {}, m.el('td', { colspan: 4 }, 'nowhere')))));
  }

  function share(x, cls) {
    if (!x) return m.el('span', { class: 'dim' }, '–');
    const bar = m.svg('svg', { class: 'share ' + cls, viewBox: '0 0 100 8', preserveAspectRatio: 'none', 'aria-hidden': 'true' },
      m.svg('rect', { class: 'track', x: 0, y: 0, width: 100, height: 8 }), m.svg('rect', { class: 'value', x: 0, y: 0, width: Math.max(1, x * 100), height: 8 }));
    return m.el('span', { class: 'shared' }, m.el('span', { class: 'figure' }, m.percent(x)), bar);
  }

  function encryption(r) {
    const now = r.after > 0 ? r.is : r.was;
    const [, text] = protection[now] || ['', now];
    return m.el('span', { class: 'enc is-' + now }, text, r.was && r.is && r.was !== r.is && m.el('span', { class: 'dim sub' }, 'was ' + (protection[r.was] || ['', r.was])[1]));
  }

  function capacity(v) {
    if (!v.needed && !v.available) return null;
    const short = v.available < v.needed;
    const x = d3.scaleLinear([0, Math.max(v.needed, v.available, 1)], [0, 100]);
    return m.el('div', { class: 'part capacity' }, m.el('h4', {}, 'Capacity'),
      m.el('p', {}, (short ? '✗ ' : '✓ ') + m.count(v.available, 'replica') + ' left, ' + v.needed + ' needed'),
      m.svg('svg', { class: 'share ' + (short ? 'failing' : 'after'), viewBox: '0 0 100 8', preserveAspectRatio: 'none', 'aria-hidden': 'true' },
        m.svg('rect', { class: 'track', x: 0, y: 0, width: 100, height: 8 }), m.svg('rect', { class: 'value', x: 0, y: 0, width: x(v.available), height: 8 }),
        m.svg('rect', { class: 'need', x: Math.max(0, x(v.needed) - 1), y: 0, width: 1, height: 8 })));
  }

  const trace = (list) => list === null
    ? m.el('p', { class: 'dim' }, 'The steps of this prediction were left out of the page, for size; muster explain tells them.')
    : list.length > 0 && m.el('div', { class: 'part' }, m.el('h4', {}, 'Why'), m.el('ol', { class: 'trace' }, list.map((l) => m.el('li', {}, l))));
})(globalThis.muster);
