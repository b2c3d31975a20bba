/** The page behind `?`. */
export const HELP_TEXT = `The screen shows the daemon as it was at most two seconds ago, also while all of its threads compute.

Keys
  arrows, j k        one line down, up; page keys, g G too
  s                  sort by the next column; after the last one, the order of the file
  /                  show only what contains a text; an empty one shows all
  t                  threads; again: entries
  p                  pause the selected entry, or resume it
  ?                  this page; q goes back
  q                  quit

Entries
  DONE/S             messages per second that ended with an answer of the consumer
  FAIL/S             failures per second
  P50  P95           half of the messages of the last 10 s took no longer in consume; 95 of 100
  RUN  OLDEST        running messages, and for how long the oldest one runs
  WAIT               messages that the daemon has and no consumer has begun
  BUSY               instances that run a message, of those that can
  p                  in front of a name: paused
  !                  in front of a name: not subscribed

Threads
  RUN                messages that run on it
  COMPUTES           share of the last second in which its event loop did not wait
  HEAP               used, and its limit
  !                  in front of a number: it does not serve
`;
