/**
 * The file that Piscina loads. It is CommonJS because Piscina requires its file first, and Node.js aborts the process when a
 * thread is terminated while it requires an ES module ("IsGraphAsync must be used on an instantiated module"; seen on 20.20).
 */
module.exports = { session: import('./session.js').then(({ session }) => session) };
