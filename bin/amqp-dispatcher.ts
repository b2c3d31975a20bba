#!/usr/bin/env node
import { main } from '../src/cli/index.js';

process.exit(await main(process.argv.slice(2)));
