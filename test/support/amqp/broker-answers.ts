/** An answer of the broker: its method, and what it says. */
export interface BrokerAnswer {
  readonly name: string;
  readonly fields?: object;
}

/** The methods that a broker answers, and what an obliging one answers to each. */
export const BROKER_ANSWERS: Readonly<Record<string, BrokerAnswer>> = {
  ConnectionStartOk: { name: 'ConnectionTune', fields: { channelMax: 2047, frameMax: 131_072, heartbeat: 0 } },
  ConnectionOpen: { name: 'ConnectionOpenOk' },
  ConnectionClose: { name: 'ConnectionCloseOk' },
  ChannelOpen: { name: 'ChannelOpenOk' },
  ChannelClose: { name: 'ChannelCloseOk' },
  ExchangeDeclare: { name: 'ExchangeDeclareOk' },
  ExchangeBind: { name: 'ExchangeBindOk' },
  QueueDeclare: { name: 'QueueDeclareOk', fields: { queue: 'q', messageCount: 0, consumerCount: 0 } },
  QueueBind: { name: 'QueueBindOk' },
  BasicQos: { name: 'BasicQosOk' },
  BasicConsume: { name: 'BasicConsumeOk', fields: { consumerTag: '' } },
  BasicCancel: { name: 'BasicCancelOk', fields: { consumerTag: '' } },
  ConfirmSelect: { name: 'ConfirmSelectOk' },
};
