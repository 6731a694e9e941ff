// Draws what a terminal shows as an SVG, which GitHub shows as it is: text in a window, without fonts or scripts of its own.

const [charWidth, lineHeight, padding, bar, fontSize] = [8.4, 20, 16, 32, 14];
const colours = { window: '#1b1f24', bar: '#2d333b', text: '#d7dde4', prompt: '#6cb6ff', command: '#ffffff' };
const dots = ['#ff5f56', '#ffbd2e', '#27c93f'];

const escapeXml = (text: string) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

/** `title` describes the picture to those who cannot see it. Lines that begin with `$ ` are commands. Characters are drawn in columns, so that tables stand as in a terminal. */
export function renderTerminal(title: string, lines: readonly string[]): string {
  const columns = Math.max(...lines.map((line) => line.length));
  const width = Math.ceil(columns * charWidth + 2 * padding);
  const height = bar + lines.length * lineHeight + 2 * padding;
  const texts = lines.map((line, index) => renderLine(line, bar + padding + (index + 0.75) * lineHeight));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace" font-size="${fontSize}" role="img">`,
    `<title>${escapeXml(title)}</title>`,
    `<rect width="${width}" height="${height}" rx="8" fill="${colours.window}"/>`,
    `<path d="M0 ${bar}V8a8 8 0 0 1 8-8H${width - 8}a8 8 0 0 1 8 8V${bar}Z" fill="${colours.bar}"/>`,
    ...dots.map((fill, index) => `<circle cx="${20 + 20 * index}" cy="${bar / 2}" r="6" fill="${fill}"/>`),
    ...texts.filter((text) => text !== ''),
    '</svg>',
    '',
  ].join('\n');
}

function renderLine(line: string, y: number): string {
  if (line.trim() === '') return '';
  const text = (content: string, column: number, fill: string) =>
    `<text x="${(padding + column * charWidth).toFixed(1)}" y="${y.toFixed(1)}" fill="${fill}" textLength="${(content.length * charWidth).toFixed(1)}" xml:space="preserve">${escapeXml(content)}</text>`;
  if (line.startsWith('$ ')) return text('$', 0, colours.prompt) + text(line.slice(2), 2, colours.command);
  return text(line, 0, colours.text);
}
