/** The configurations whose problems the docs show, by the name in `output=NAME`. */
export const WRONG_CONFIGURATIONS: ReadonlyMap<string, string> = new Map([
  [
    'problems',
    `queues:
  - queue: mails
    durabel: true
    x_queue_type: quorum
    exclusive: true
consumers:
  - consumer: ./email.mjs:EmailConsumer
    queue: mails
    prefetch_count: lots
`,
  ],
  [
    'unknown-key',
    `queues:
  - queue: mails
    durabel: true
consumers:
  - consumer: ./email.mjs:EmailConsumer
    queue: mails
`,
  ],
  ['syntax', 'exchanges: [{ exchange: shop,\nrouting_key: #}\n'],
  [
    'options',
    `queues: [{ queue: mails }]
consumers:
  - consumer: ./workers/mail.js:MailConsumer
    queue: mails
    options:
      host: localhost
      port: "25"
      hots: localhost
`,
  ],
]);
