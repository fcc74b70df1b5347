// The data of the page stands in a script element: JSON, or compressed JSON where there is much of it.
(function (m) {
  'use strict';

  async function unpack(base64) {
    const text = atob(base64);
    const bytes = new Uint8Array(text.length);
    for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'));
    return JSON.parse(await new Response(stream).text());
  }

  m.read = async () => {
    const node = m.id('data');
    let data = JSON.parse(node.textContent);
    if (data.gzip) data = await unpack(data.gzip);
    node.remove();
    m.data = data;
    return data;
  };
})(globalThis.muster);
