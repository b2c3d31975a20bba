import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

/**
 * Completes dist/src/console/page after `tsc`: copies its style sheets, and the libraries as their packages ship them, so that
 * the page needs no bundler and no other host. A part of `npm run build`.
 */

const ROOT = new URL('../../../', import.meta.url);
const PAGE = new URL('src/console/page/', ROOT);
const TARGET = new URL('dist/src/console/page/', ROOT);

/** From node_modules, and the name in `vendor/`; the import map of the page names the modules. */
const VENDORED: Readonly<Record<string, string>> = {
  'preact/dist/preact.mjs': 'preact.js',
  'preact/hooks/dist/hooks.mjs': 'hooks.js',
  'preact/jsx-runtime/dist/jsxRuntime.mjs': 'jsx-runtime.js',
  'preact/LICENSE': 'preact.LICENSE',
  'uplot/dist/uPlot.esm.js': 'uplot.js',
  'uplot/dist/uPlot.min.css': 'uplot.css',
  'uplot/LICENSE': 'uplot.LICENSE',
};

const STYLES = ['style.css', 'dead/dead.css'];

/** Their source maps stay behind, and a browser's tools would ask for them. */
const SOURCE_MAP_LINE = /\n\/\/# sourceMappingURL=.*\s*$/;

await mkdir(new URL('vendor/', TARGET), { recursive: true });
for (const name of STYLES) await copyFile(new URL(name, PAGE), new URL(name, TARGET));
for (const [source, name] of Object.entries(VENDORED)) {
  const from = new URL(`node_modules/${source}`, ROOT);
  const text = await readFile(from, 'utf8');
  await writeFile(fileURLToPath(new URL(`vendor/${name}`, TARGET)), text.replace(SOURCE_MAP_LINE, '\n'));
}
