/** False for the headers that route: the encoder takes nothing but a list for them, whatever a generator makes up. */
export function isNoRouting(name: string): boolean {
  return name !== 'CC' && name !== 'BCC';
}
