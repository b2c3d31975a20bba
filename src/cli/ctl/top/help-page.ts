/** The page behind `?`. */
export const HELP_TEXT = `The screen is at most two seconds old, even while all threads of the daemon compute.

Keys
  arrows, j k        move the cursor; page keys, g and G too
  s                  sort by the next column; after the last one, the order of the file
  /                  filter: show only rows that contain a text; an empty text shows all
  t                  show threads; again: entries
  p                  pause or resume the selected entry
  ?                  this page; q goes back
  q                  quit

Entries
  DONE/S             messages per second that the consumer finished
  FAIL/S             failed attempts per second
  P50  P95           time in consume that 50 or 95 of 100 messages of the last 10 s stayed within
  RUN  OLDEST        running messages, and how long the oldest has run
  WAIT               messages that have arrived, but that no consumer has begun
  BUSY               instances that run a message, of those that are up
  p                  before a name: paused
  !                  before a name: not subscribed

Threads
  RUN                messages that run on the thread
  COMPUTES           share of the last second in which the thread computed
  HEAP               heap in use, and its limit; - until the thread has reported it
  !                  before a number: not serving
`;
