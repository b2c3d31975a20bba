import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { statusLines } from '../../../../src/cli/ctl/views.js';

const lastLine = (group: object): string | undefined => statusLines({ groups: [group] }, 120).at(-1);

describe('the text of ctl status', () => {
  test('names the period in which the threads of a group computed', () => {
    const group = { name: 'shared', utilization: 0.114, threads: [] };
    assert.equal(lastLine({ ...group, utilizationSeconds: 11.6 }), 'shared: computing for 11 % of the last 12 s');
    assert.equal(lastLine({ ...group, utilizationSeconds: 4.5 }), 'shared: computing for 11 % of the last 4.5 s');
  });

  test('has a dash for what the daemon does not know', () => {
    const group = { name: 'shared', utilization: null, utilizationSeconds: 0.3, threads: [] };
    assert.equal(lastLine(group), 'shared: computing for - of the last 0.3 s');
    assert.equal(lastLine({ name: 'old' }), 'old: computing for - of the last -');
  });
});
