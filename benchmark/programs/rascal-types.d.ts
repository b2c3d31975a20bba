/** As much of Rascal as the benchmark uses; it comes without types. */
declare module 'rascal' {
  interface Subscription {
    on(event: 'message', listener: (message: unknown, content: unknown, ackOrNack: () => void) => void): this;
    on(event: 'error', listener: (error: unknown) => void): this;
  }

  interface Broker {
    on(event: 'error', listener: (error: unknown) => void): this;
    subscribe(name: string): Promise<Subscription>;
    shutdown(): Promise<void>;
  }

  const rascal: {
    readonly BrokerAsPromised: { create(configuration: object): Promise<Broker> };
    withDefaultConfig(configuration: object): object;
  };
  export default rascal;
}
