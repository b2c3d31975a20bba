/** The page behind `h`. */
export const HELP_TEXT = `Nothing is held back from others while you look: messages are taken when you
replay or delete them. If one is gone by then, the browser says so and skips it.

Move
  j k, arrows        one line down, up
  space b, page keys one screen down, up
  d u                half a screen down, up
  g G, home end      to the first, the last

Look
  enter              the whole message: record, stack, headers, body
  q, escape          back to the list; from the list, q quits
  /                  search; n the next, N the one before
  &                  show only messages that match; an empty filter shows all:
                       error-type=TypeError cause~timeout
                       older=2h newer=3d consumer=Email header.tenant=acme
                       any other word must be contained in what is shown;
                       Up brings back the last filter, Ctrl-U clears the line
  R                  read the queue again

Change
  m                  mark or unmark, and go on
  M                  mark all that are shown, or none
  r                  replay the marked messages, or the one under the cursor
  D                  delete them permanently

List of queues
  enter              open the queue; q in its list comes back
  R                  count the messages again

Ctrl-C             quit at once
`;
