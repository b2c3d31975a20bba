#!/usr/bin/env node
import { StopSignals } from '../src/cli/stop-signals.js';

const signals = new StopSignals();
// Loaded after the signal handlers are in place, because loading takes a while.
const { main } = await import('../src/cli/index.js');
process.exit(await main(process.argv.slice(2), signals));
