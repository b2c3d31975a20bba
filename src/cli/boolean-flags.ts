/**
 * Reports a flag such as `--validate=yes`. yargs reads anything but `true` as false, so this would start the daemon,
 * and `--dry-run=1` would replay a queue.
 */
export function wrongBoolean(args: readonly string[], flags: readonly string[]): string | undefined {
  const end = args.indexOf('--');
  for (const arg of end === -1 ? args : args.slice(0, end)) {
    const [, name = '', value = ''] = /^--?(?:no-)?([^=]+)=(.*)$/s.exec(arg) ?? [];
    const flag = kebab(name);
    if (flags.includes(flag) && value !== 'true' && value !== 'false') {
      return `--${flag}: ${JSON.stringify(value)} is neither true nor false (write --${flag}, or --no-${flag})`;
    }
  }
  return undefined;
}

/** yargs accepts `--dryRun` as well. */
function kebab(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
