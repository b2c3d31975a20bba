/**
 * CommonJS, because Piscina requires this file, and Node.js aborts the process when a thread ends while it requires an
 * ES module ("IsGraphAsync must be used on an instantiated module"; seen on 20.20).
 */
module.exports = { session: import('./session.js').then(({ session }) => session) };
