// Words and marks of drills. Whatever comes from results goes through muster.el, which makes text of it and nothing else.
(function (m) {
  'use strict';
  m.verdicts = {
    pass: { mark: '✓', what: 'pass', tone: 'survives' },
    fail: { mark: '✗', what: 'fail', tone: 'lost' },
    inconclusive: { mark: '?', what: 'inconclusive', tone: 'degraded' },
  };
  m.verdict = (name) => m.verdicts[name] || m.verdicts.inconclusive;
  m.verdictBadge = (name) => {
    const v = m.verdict(name);
    return m.el('span', { class: 'badge is-' + v.tone }, m.el('span', { class: 'mark', 'aria-hidden': 'true' }, v.mark), ' ', v.what);
  };

  // A word of a few: its colour underlines what it says.
  const tones = { confirmed: 'survives', proven: 'survives', refuted: 'lost', violated: 'lost', untested: 'none', unproven: 'degraded', critical: 'lost', high: 'lost', medium: 'degraded', low: 'none' };
  const marks = { confirmed: '✓', proven: '✓', refuted: '✗', violated: '✗', untested: '·', unproven: '?' };
  m.tag = (text) => m.el('span', { class: 'badge is-' + (Object.hasOwn(tones, text) ? tones[text] : 'none') },
    Object.hasOwn(marks, text) && m.el('span', { class: 'mark', 'aria-hidden': 'true' }, marks[text] + ' '), text);

  // at is a moment of the run.
  m.at = (ms) => (ms / 1000).toFixed(ms % 1000 === 0 ? 0 : 1) + ' s';

  // bound keeps numbers and their units on one line.
  m.bound = (text) => m.el('span', { class: 'figure' }, text.split(/(\d[\d.]* (?:ms|s|min|h|d|%))/).map((part, i) => (i % 2 === 1 ? m.el('span', { class: 'whole' }, part) : part)));

  m.bullets = (list, cls) => list.length > 0 && m.el('ul', { class: 'bullets ' + (cls || '') }, list.map((t) => m.el('li', {}, t)));

  m.facts = (rows) => rows.length > 0 && m.el('dl', { class: 'facts' }, rows.map(([name, text]) => m.el('div', {}, m.el('dt', {}, name), m.el('dd', {}, text))));
})(globalThis.muster);
