/** The vendored modules that the page imports by name, and their files below `/assets/vendor/`. */
const VENDORED: Readonly<Record<string, string>> = {
  preact: 'preact.js',
  'preact/hooks': 'hooks.js',
  'preact/jsx-runtime': 'jsx-runtime.js',
  uplot: 'uplot.js',
};

/** The module that starts the page. */
const ENTRY = '/assets/main.js';

const IMPORT_MAP = JSON.stringify({
  imports: Object.fromEntries(Object.entries(VENDORED).map(([name, file]) => [name, `/assets/vendor/${file}`])),
});

/**
 * The HTML of the console: it loads every style sheet and the entry module. The page fills `#app`.
 * @param nonce for the import map, which is inline
 * @param assets the URLs of all assets
 */
export function pageDocument(nonce: string, assets: readonly string[]): string {
  const styles = assets.filter((url) => url.endsWith('.css'));
  const modules = assets.filter((url) => url.endsWith('.js') && url !== ENTRY);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>amqp-dispatcher</title>
<link rel="icon" href="data:,">
${styles.map((url) => `<link rel="stylesheet" href="${url}">`).join('\n')}
<script type="importmap" nonce="${nonce}">${IMPORT_MAP}</script>
${modules.map((url) => `<link rel="modulepreload" href="${url}">`).join('\n')}
<script type="module" src="${ENTRY}"></script>
</head>
<body>
<div id="app"></div>
<noscript>The console needs JavaScript. amqp-dispatcher ctl shows the same in a terminal.</noscript>
</body>
</html>
`;
}
