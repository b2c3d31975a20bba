import assert from 'node:assert/strict';
import { type Configuration, formatProblem, type Problem, parseConfiguration } from '../../../src/config/index.js';

/** A consumer section that turns any other valid section into a valid file. */
export const CONSUMERS = 'consumers:\n  - consumer: ./email.js:Email\n    queue: mail\n';

/** The configuration of a valid text. */
export function configurationOf(text: string): Configuration {
  const reading = parseConfiguration('/srv/app/config.yml', Buffer.from(text));
  assert.ok(reading.ok, reading.ok ? '' : reading.problems.map(formatProblem).join('\n'));
  return reading.configuration;
}

/** The problems of an invalid text. */
export function problemsOf(text: string | Uint8Array): readonly Problem[] {
  const reading = parseConfiguration('config.yml', Buffer.from(text));
  assert.ok(!reading.ok, 'the text was taken as valid');
  return reading.problems;
}

/** The problems as the user reads them, without the file's name. */
export function reportOf(text: string | Uint8Array): string[] {
  return problemsOf(text).map((problem) => formatProblem(problem).replace('config.yml:', ''));
}

/** The warnings of a valid text as the user reads them, without the file's name. */
export function warningsOf(text: string): string[] {
  const reading = parseConfiguration('config.yml', Buffer.from(text));
  assert.ok(reading.ok, reading.ok ? '' : reading.problems.map(formatProblem).join('\n'));
  return reading.warnings.map((problem) => formatProblem(problem).replace('config.yml:', ''));
}
