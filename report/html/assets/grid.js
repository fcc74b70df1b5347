// A grid of marks that stays quick with thousands of rows: only those in sight are in the document. One cell takes part in the
// tab order; arrow keys, Home, End, Page Up and Page Down move it.
(function (m) {
  'use strict';
  const rowHeight = 28, spare = 8;

  m.Grid = class {
    constructor({ label, corner }) {
      this.corner = corner;
      this.at = { row: 0, column: 0 };
      this.marked = null;
      this.drawn = new Map();
      this.head = m.el('div', { class: 'grid-head', role: 'rowgroup' });
      this.body = m.el('div', { class: 'grid-body', role: 'rowgroup' });
      this.table = m.el('div', { class: 'grid-table', role: 'grid', 'aria-label': label, onkeydown: (e) => this.key(e), onclick: (e) => this.click(e) }, this.head, this.body);
      this.scroller = m.el('div', { class: 'grid', onscroll: () => this.draw() }, this.table);
      this.none = m.el('p', { class: 'empty', hidden: true }, 'No service matches these filters.');
      this.node = m.el('div', {}, this.scroller, this.none);
      this.printing = false;
      new ResizeObserver(() => { this.widen(); this.draw(); }).observe(this.scroller);
    }

    // show takes a model: columns, rows, cell(row, column), open(row, column).
    show(model) {
      const key = this.model && this.model.rows[this.at.row] && this.model.rows[this.at.row].key;
      this.model = model;
      const kept = model.rows.findIndex((r) => r.key === key);
      this.at = { row: Math.max(0, kept), column: Math.min(Math.max(0, this.at.column), Math.max(0, model.columns.length - 1)) };
      this.scroller.hidden = model.rows.length === 0 || model.columns.length === 0;
      this.none.hidden = !this.scroller.hidden;
      this.table.setAttribute('aria-rowcount', model.rows.length + 2);
      this.table.setAttribute('aria-colcount', model.columns.length + 1);
      this.table.classList.toggle('wide', Boolean(model.wide));
      this.heads();
      this.body.replaceChildren();
      this.drawn.clear();
      this.body.style.height = model.rows.length * rowHeight + 'px';
      this.draw();
    }

    heads() {
      const groups = [];
      for (const c of this.model.columns) {
        if (groups.length && groups[groups.length - 1].name === c.group) groups[groups.length - 1].span++;
        else groups.push({ name: c.group, span: 1 });
      }
      const start = new Set();
      let n = 0;
      for (const g of groups) { start.add(n); n += g.span; }
      this.starts = start;
      this.widen();
      let at = 2;
      this.head.replaceChildren(
        m.el('div', { class: 'grid-row groups', role: 'row', 'aria-rowindex': 1 }, m.el('div', { class: 'corner', role: 'columnheader', 'aria-colindex': 1 }, ''),
          groups.map((g) => {
            const node = m.el('div', { class: 'group starts', role: 'columnheader', 'aria-colindex': at, 'aria-colspan': g.span, title: g.name }, m.el('span', g.span === 1 ? { class: 'tight' } : {}, g.name));
            at += g.span;
            node.style.setProperty('--span', g.span);
            return node;
          })),
        m.el('div', { class: 'grid-row labels', role: 'row', 'aria-rowindex': 2 }, m.el('div', { class: 'corner', role: 'columnheader', 'aria-colindex': 1 }, this.corner),
          this.model.columns.map((c, i) => m.el('div', { class: 'label' + (start.has(i) ? ' starts' : ''), role: 'columnheader', 'aria-colindex': i + 2, title: c.title }, m.el('span', {}, c.label)))));
    }

    // widen lets few columns use the room that there is.
    widen() {
      if (!this.model) return;
      const small = this.scroller.clientWidth < 600, most = this.model.wide ? 76 : 58, least = this.model.wide ? 76 : small ? 30 : 34;
      const room = Math.floor((this.scroller.clientWidth - (small ? 128 : 230) - 2) / Math.max(1, this.model.columns.length));
      this.table.style.setProperty('--cell', Math.min(most, Math.max(least, room)) + 'px');
    }

    // draw puts the rows that are in sight into the document, and takes the others out.
    draw() {
      if (!this.model || this.scroller.hidden) return;
      const height = this.scroller.clientHeight || 600;
      let from = Math.max(0, Math.floor(this.scroller.scrollTop / rowHeight) - spare);
      let to = Math.min(this.model.rows.length, Math.ceil((this.scroller.scrollTop + height) / rowHeight) + spare);
      if (this.printing) { from = 0; to = this.model.rows.length; }
      for (const [i, node] of this.drawn) {
        if ((i < from || i >= to) && i !== this.at.row) { node.remove(); this.drawn.delete(i); }
      }
      for (let i = from; i < to; i++) this.row(i);
      this.row(this.at.row);
    }

    // row draws a row unless it is there. Rows stay in order, so that they are read in order.
    row(i) {
      const r = this.model.rows[i];
      if (!r || this.drawn.has(i)) return this.drawn.get(i);
      const head = m.el('div', { class: 'row-head', role: 'rowheader', 'aria-colindex': 1, 'data-column': -1, tabindex: '-1', title: r.name + (r.title ? ': ' + r.title : '') }, m.el('span', {}, r.name));
      const node = m.el('div', { class: 'grid-row', role: 'row', 'aria-rowindex': i + 3, 'data-row': i }, head);
      this.model.columns.forEach((c, j) => {
        const v = this.model.cell(r, c);
        const marked = this.marked && this.marked.service === r.key && this.marked.column === c.key;
        const cell = m.el('div', {
          class: 'cell is-' + v.cls + (this.starts.has(j) ? ' starts' : '') + (marked ? ' marked' : ''), role: 'gridcell', 'aria-colindex': j + 2, 'data-column': j, 'data-service': r.key, 'data-key': c.key,
          tabindex: i === this.at.row && j === this.at.column ? '0' : '-1', 'aria-label': v.label, title: v.label,
        });
        if (v.marks) for (const [cls, mark] of v.marks) cell.append(m.el('span', { class: 'one is-' + cls }, mark));
        else cell.append(v.mark);
        node.append(cell);
      });
      node.style.top = i * rowHeight + 'px';
      let after = null;
      for (const [k, other] of this.drawn) if (k > i && (after === null || k < after[0])) after = [k, other];
      this.body.insertBefore(node, after && after[1]);
      this.drawn.set(i, node);
      return node;
    }

    cellNode(row, column) {
      const node = this.drawn.get(row);
      return node && node.querySelector('[data-column="' + column + '"]');
    }

    // move makes another cell the one of the tab order, brings it into sight, and focuses it.
    move(row, column, focus) {
      const before = this.cellNode(this.at.row, this.at.column);
      if (before) before.setAttribute('tabindex', '-1');
      this.at = { row: Math.min(Math.max(0, row), this.model.rows.length - 1), column: Math.min(Math.max(-1, column), this.model.columns.length - 1) };
      const top = this.at.row * rowHeight, room = this.scroller.clientHeight - this.head.offsetHeight;
      if (top < this.scroller.scrollTop) this.scroller.scrollTop = top;
      else if (top + rowHeight > this.scroller.scrollTop + room) this.scroller.scrollTop = top + rowHeight - room + 4;
      this.draw();
      const cell = this.cellNode(this.at.row, this.at.column);
      if (!cell) return;
      cell.setAttribute('tabindex', '0');
      if (this.at.column >= 0) {
        const names = this.drawn.get(this.at.row).firstChild.offsetWidth;
        if (cell.offsetLeft < this.scroller.scrollLeft + names) this.scroller.scrollLeft = cell.offsetLeft - names;
        else if (cell.offsetLeft + cell.offsetWidth > this.scroller.scrollLeft + this.scroller.clientWidth) this.scroller.scrollLeft = cell.offsetLeft + cell.offsetWidth - this.scroller.clientWidth + 4;
      }
      if (focus) cell.focus({ preventScroll: true });
    }

    key(e) {
      const { row, column } = this.at, page = Math.max(1, Math.floor(this.scroller.clientHeight / rowHeight) - 6), end = this.model.columns.length - 1;
      const to = {
        ArrowUp: [row - 1, column], ArrowDown: [row + 1, column], ArrowLeft: [row, column - 1], ArrowRight: [row, column + 1],
        PageUp: [row - page, column], PageDown: [row + page, column],
        Home: e.ctrlKey ? [0, 0] : [row, 0], End: e.ctrlKey ? [this.model.rows.length - 1, end] : [row, end],
      }[e.key];
      if (to) {
        e.preventDefault();
        this.move(to[0], to[1], true);
      } else if (e.key === 'Enter' || e.key === ' ') {
        e.preventDefault();
        this.choose();
      }
    }

    click(e) {
      const cell = e.target.closest('[data-column]');
      if (!cell) return;
      this.move(Number(cell.parentNode.dataset.row), Number(cell.dataset.column), true);
      this.choose();
    }

    choose() {
      const r = this.model.rows[this.at.row], c = this.model.columns[this.at.column];
      if (this.at.column < 0) { if (this.model.openRow) this.model.openRow(r); return; }
      if (!this.model.cell(r, c).empty) this.model.open(r, c);
    }

    // mark shows which cell is open.
    mark(open) {
      this.marked = open;
      for (const cell of this.body.querySelectorAll('.marked')) cell.classList.remove('marked');
      if (!open) return;
      const cell = this.body.querySelector('[data-service="' + open.service + '"][data-key="' + open.column + '"]');
      if (cell) cell.classList.add('marked');
    }

    reveal(key, column) {
      const row = this.model.rows.findIndex((r) => r.key === key), at = this.model.columns.findIndex((c) => c.key === column);
      if (row >= 0 && at >= 0) this.move(row, at, false);
    }

    // focus returns to the cell that was left.
    focus() { this.move(this.at.row, this.at.column, true); }

    print(on) { this.printing = on; this.draw(); }
  };
})(globalThis.muster);
