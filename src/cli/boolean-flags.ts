/**
 * Says what is wrong with a flag such as `--validate=yes`. yargs takes all but `true` for false, so that would run the daemon,
 * and `--dry-run=1` would purge a queue.
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

/** yargs takes `--dryRun` as well. */
function kebab(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
