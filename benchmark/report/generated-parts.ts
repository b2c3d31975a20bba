const PART = /(<!-- generated: ([\w-]+) -->)[\s\S]*?(<!-- end -->)/g;

/** Text by the name of its marker. */
export type Parts = Readonly<Record<string, string>>;

/**
 * Puts the parts between their markers, `<!-- generated: NAME -->` and `<!-- end -->`; all else of the page stays.
 * @throws when the page asks for a missing part, or omits one
 */
export function fillParts(page: string, parts: Parts): string {
  const left = new Set(Object.keys(parts));
  const filled = page.replace(PART, (_, begin: string, name: string, end: string) => {
    const part = parts[name];
    if (part === undefined) throw new Error(`there is no generated part "${name}"`);
    left.delete(name);
    return `${begin}\n\n${part}\n\n${end}`;
  });
  if (left.size > 0) throw new Error(`the page has no marker for ${[...left].join(', ')}`);
  return filled;
}
