import { domainToUnicode } from 'node:url';
import type { Domain } from '@freehold/core/domain';

/** The page of a site whose owner has not uploaded anything yet; it shows the name as people write it. */
export function renderWelcomePage(domain: Domain): string {
  const name = escapeHtml(domainToUnicode(domain) || domain);
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${name}</title>
<style>
  :root { color-scheme: light dark; }
  body { margin: 0; min-height: 100vh; display: grid; place-items: center; line-height: 1.6;
         font-family: system-ui, sans-serif; background: light-dark(#f6f4ee, #1b1d1a); color: light-dark(#24261f, #e9e7df); }
  main { max-width: 32rem; padding: 2rem; }
  h1 { font-size: clamp(1.6rem, 7vw, 2.6rem); line-height: 1.2; margin: 0 0 1rem; overflow-wrap: anywhere; }
  h1::after { content: ""; display: block; width: 3rem; height: .3rem; margin-top: 1rem; border-radius: 1rem; background: #4f8a4c; }
  code { overflow-wrap: anywhere; }
</style>
<main>
  <h1>${name}</h1>
  <p>This site is up and running. Its content is yet to come.</p>
  <p>If it is yours: put your pages into <code>static/www-content</code> of its folder, in place of this file,
     <code>index.html</code>.</p>
</main>
</html>
`;
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.codePointAt(0)};`);
}
