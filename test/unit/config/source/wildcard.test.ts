import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { wildcard } from '../../../../src/config/source/wildcard.js';

describe('wildcard', () => {
  it('matches *, ? and [ ] within a name, and nothing else as a pattern', () => {
    const cases: [pattern: string, yes: string[], no: string[]][] = [
      ['*.yml', ['a.yml', '…😀.yml'], ['a.yaml', '.yml', 'a.ymlx']],
      ['.*', ['.a'], ['a']],
      ['a?c', ['abc', 'a😀c'], ['ac', 'abbc']],
      ['q[0-9].yml', ['q7.yml'], ['qx.yml']],
      ['q[!ab]', ['qc'], ['qa']],
      ['[z-a]', [], ['z', 'a']],
      ['a[', ['a['], ['a']],
      ['[!].yml', ['[!].yml'], ['x.yml', '!.yml']],
      ['[]', ['[]'], ['a']],
      ['[]a]', ['a', ']'], ['b', '[]a]']],
      ['[!]a]', ['b'], ['a', ']']],
      ['[\\a^]', ['\\', 'a', '^'], ['b']],
      ['(a|b)+.$', ['(a|b)+.$'], ['a']],
      ['*a*b*c', ['abc', 'xaxbxbxc'], ['acb']],
    ];
    for (const [pattern, yes, no] of cases) {
      const matches = wildcard(pattern);
      for (const name of yes) assert.ok(matches(name), `${pattern} ${name}`);
      for (const name of no) assert.ok(!matches(name), `${pattern} ${name}`);
    }
  });

  it('agrees with a regular expression', () => {
    const text = fc.array(fc.constantFrom('a', 'b', '*', '?'), { maxLength: 7 }).map((parts) => parts.join(''));
    const name = fc.array(fc.constantFrom('a', 'b'), { maxLength: 9 }).map((parts) => parts.join(''));
    fc.assert(
      fc.property(text, name, (pattern, given) => {
        const expression = new RegExp(`^${pattern.replaceAll('*', '.*').replaceAll('?', '.')}$`);
        assert.equal(wildcard(pattern)(given), expression.test(given));
      }),
    );
  });
});
