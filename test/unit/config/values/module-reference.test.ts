import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { displayName, parseModuleReference } from '../../../../src/config/index.js';

describe('parseModuleReference', () => {
  it('splits at the last colon', () => {
    assert.deepEqual(parseModuleReference('./a.js:Email'), { module: './a.js', exportName: 'Email' });
    assert.deepEqual(parseModuleReference('node:fs:Stats'), { module: 'node:fs', exportName: 'Stats' });
    assert.deepEqual(parseModuleReference('@scope/pkg/sub:$x_1'), { module: '@scope/pkg/sub', exportName: '$x_1' });
    assert.deepEqual(parseModuleReference('workers.module:Consumer'), {
      module: 'workers.module',
      exportName: 'Consumer',
    });
  });

  it('reads no export, or the export default, as the default export', () => {
    assert.deepEqual(parseModuleReference('./a.js'), { module: './a.js', exportName: null });
    assert.deepEqual(parseModuleReference('./a.js:default'), { module: './a.js', exportName: null });
  });

  it('leaves a colon before a slash to the module', () => {
    assert.deepEqual(parseModuleReference('file:///srv/a.js'), { module: 'file:///srv/a.js', exportName: null });
    assert.deepEqual(parseModuleReference('C:\\a.js:Email'), { module: 'C:\\a.js', exportName: 'Email' });
  });

  it('rejects an empty module, an empty export and an export that is not a name', () => {
    for (const written of ['', ':Email', './a.js:', './a.js:1st', './a.js:a b', './a.js:a.b', ' ./a.js']) {
      assert.equal(parseModuleReference(written), undefined, written);
    }
  });
});

describe('displayName', () => {
  it('returns the export, or the base name of the file for a default export', () => {
    assert.equal(displayName({ module: './a/email.js', exportName: 'Email' }), 'Email');
    assert.equal(displayName({ module: './a/email.js', exportName: null }), 'email');
    assert.equal(displayName({ module: 'C:\\a\\email.mjs', exportName: null }), 'email');
    assert.equal(displayName({ module: '@scope/mailer', exportName: null }), 'mailer');
  });
});
