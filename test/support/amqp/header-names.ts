/** False for the routing headers CC and BCC, for which the encoder accepts only lists. */
export function isNoRouting(name: string): boolean {
  return name !== 'CC' && name !== 'BCC';
}
