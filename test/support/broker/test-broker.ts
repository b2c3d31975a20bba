import { sharedBrokerAddress } from './broker-address.js';
import { BrokerControl } from './broker-control.js';
import { startPrivateBroker } from './private-broker.js';

let broker: Promise<BrokerControl> | undefined;

/** The broker of this test run; when a test file is run by itself, one for this process that ends with it. */
export async function testBroker(): Promise<BrokerControl> {
  broker ??= findOrStart();
  return broker;
}

async function findOrStart(): Promise<BrokerControl> {
  const address = sharedBrokerAddress();
  if (address !== undefined) return new BrokerControl(address);
  const own = await startPrivateBroker();
  // A stop that cannot happen here (a crash, process.exit) is done by the broker's orphan guards.
  process.once('beforeExit', () => void own.stop());
  return own;
}
