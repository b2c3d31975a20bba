import { sharedBrokerAddress } from './broker-address.js';
import { BrokerControl } from './broker-control.js';
import { startPrivateBroker } from './private-broker.js';

let broker: Promise<BrokerControl> | undefined;

/** The broker of this test run; for a test file that runs by itself, a broker that ends with this process. */
export async function testBroker(): Promise<BrokerControl> {
  broker ??= findOrStart();
  return broker;
}

async function findOrStart(): Promise<BrokerControl> {
  const address = sharedBrokerAddress();
  if (address !== undefined) return new BrokerControl(address);
  const own = await startPrivateBroker();
  // After a crash or process.exit the broker's orphan guards stop it instead.
  process.once('beforeExit', () => void own.stop());
  return own;
}
