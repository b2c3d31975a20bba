import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CONSUMERS, warningsOf } from '../readings.js';

function dialectWarnings(text: string): string[] {
  return warningsOf(text).filter((line) => /YAML 1\.1|other readers/.test(line));
}

describe('a plain scalar that YAML 1.1 and 1.2 read differently', () => {
  it('is warned of with its place where its value reaches a consumer or the broker', () => {
    const options = `${CONSUMERS}    options:
      mode: 010
      tls: yes
      debug: Off
      mask: 0x1F
      new: 0o17
      big: 1_000
      at: 12:30
      since: 2024-01-01
      tiny: 1e3
    arguments: {x-priority: 010}
`;
    assert.deepEqual(dialectWarnings(options), [
      '5:13  consumers[0].options.mode  is 010, which is the number 10 here and the number 8 in YAML 1.1: write 10, or "010" for text',
      '6:12  consumers[0].options.tls  is yes, which is text here and true in YAML 1.1: write true, or "yes" for text',
      '7:14  consumers[0].options.debug  is Off, which is text here and false in YAML 1.1: write false, or "Off" for text',
      '8:13  consumers[0].options.mask  is 0x1F, which is the number 31 here and hexadecimal, which other readers take for text: write 31, or "0x1F" for text',
      '9:12  consumers[0].options.new  is 0o17, which is the number 15 here and text in YAML 1.1: write 15, or "0o17" for text',
      '10:12  consumers[0].options.big  is 1_000, which is text here and the number 1000 in YAML 1.1: write 1000, or "1_000" for text',
      '11:11  consumers[0].options.at  is 12:30, which is text here and the number 750 in YAML 1.1: write 750, or "12:30" for text',
      '12:14  consumers[0].options.since  is 2024-01-01, which is text here and a date in YAML 1.1: write "2024-01-01" for text',
      '13:13  consumers[0].options.tiny  is 1e3, which is the number 1000 here and text in YAML 1.1: write 1000, or "1e3" for text',
      '14:29  consumers[0].arguments.x-priority  is 010, which is the number 10 here and the number 8 in YAML 1.1: write 10, or "010" for text',
    ]);
  });

  it('is warned of where the schema takes the number', () => {
    assert.deepEqual(dialectWarnings(`${CONSUMERS}    prefetch_count: 010\n`), [
      '4:21  consumers[0].prefetch_count  is 010, which is the number 10 here and the number 8 in YAML 1.1: write 10, or "010" for text',
    ]);
  });

  it('is no matter in quotes, with a tag, as a key, as a name, or under a key for anchors', () => {
    assert.deepEqual(
      dialectWarnings(
        `x-base: {a: 010, b: yes}\nqueues: [{queue: on}, {queue: 12:30}]\n${CONSUMERS}    options: {a: "010", b: 'yes', c: !!str 0x1F, on: 1, y: 2, n: 1.5, z: true, t: null, v: 1.10.0}\n`,
      ),
      [],
    );
  });
});
