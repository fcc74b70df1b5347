// Controls of forms: each with a label that everybody gets.
(function (m) {
  'use strict';
  let last = 0;

  // select is a list to choose from; options are [value, text].
  m.select = (label, name, options, value, changed) => {
    const id = 'c' + ++last;
    const list = m.el('select', { id, name, onchange: (e) => changed(e.target.value) },
      options.map(([v, text]) => m.el('option', { value: v, selected: String(v) === String(value) }, text)));
    return m.el('div', { class: 'control' }, m.el('label', { for: id }, label), list);
  };

  m.search = (label, name, hint, changed) => {
    const id = 'c' + ++last;
    const input = m.el('input', { id, name, type: 'search', placeholder: hint, autocomplete: 'off', spellcheck: 'false', oninput: (e) => changed(e.target.value) });
    return m.el('div', { class: 'control grows' }, m.el('label', { for: id }, label), input);
  };

  // choice is a row of radio buttons.
  m.choice = (label, name, options, value, changed) => m.el('fieldset', { class: 'control choice' }, m.el('legend', {}, label),
    m.el('div', { class: 'segments' }, options.map(([v, text]) => m.el('label', {},
      m.el('input', { type: 'radio', name, value: v, checked: String(v) === String(value), onchange: () => changed(v) }), m.el('span', {}, text)))));

  m.check = (name, text, checked, changed, title) => m.el('label', { class: 'check', title },
    m.el('input', { type: 'checkbox', name, checked, onchange: (e) => changed(e.target.checked) }), m.el('span', {}, text));

  m.button = (text, click, attributes) => m.el('button', { type: 'button', onclick: click, ...attributes }, text);

  // section is a part of the page with a heading.
  m.section = (id, title, lead, ...children) => m.el('section', { id, 'aria-labelledby': id + '-title' },
    m.el('div', { class: 'section-head' }, m.el('h2', { id: id + '-title', tabindex: '-1' }, title), lead && m.el('p', { class: 'lead' }, lead)), children);

  // Where something stands, and the line itself where the page has it.
  // inBase is a position of the base of a diff: the lines that the page has are those of the head.
  m.inBase = (position) => position && { ...position, base: true };

  m.where = (position, extra) => {
    if (!position) return null;
    const line = position.base ? undefined : m.snippets.get(position.file + ':' + position.line);
    return m.el('div', { class: 'where' }, m.el('code', { class: 'file' }, m.place(position)), extra && m.el('span', { class: 'dim' }, ' ' + extra),
      (position.via || []).map((v) => m.el('span', { class: 'dim' }, ' via ' + (v.file ? v.file + (v.line ? ':' + v.line : '') : ''))),
      line !== undefined && line.trim() !== '' && m.el('pre', { class: 'snippet', tabindex: '0', 'aria-label': 'line ' + position.line + ' of ' + position.file },
        m.el('span', { class: 'number', 'aria-hidden': 'true' }, String(position.line)), m.el('code', {}, line)));
  };

  m.table = (caption, heads, rows) => m.el('div', { class: 'scroll', tabindex: '0', role: 'group', 'aria-label': caption }, m.el('table', {},
    m.el('caption', { class: 'quiet' }, caption),
    m.el('thead', {}, m.el('tr', {}, heads.map((h) => m.el('th', { scope: 'col' }, h)))),
    m.el('tbody', {}, rows.map((r) => m.el('tr', {}, r.map((c, i) => i === 0 ? m.el('th', { scope: 'row' }, c) : m.el('td', {}, c)))))));
})(globalThis.muster);
