import type { Rendering, Report, ReportFormat } from '../report.js';
import { renderGithub } from './github.js';
import { renderJson } from './json.js';
import { renderJunit } from './junit.js';
import { renderSarif } from './sarif.js';
import { renderText } from './text.js';

const RENDERERS: Readonly<Record<ReportFormat, (report: Report) => Rendering>> = {
  text: renderText,
  json: renderJson,
  github: renderGithub,
  sarif: renderSarif,
  junit: renderJunit,
};

/** Writes a report in a format. */
export function render(report: Report, format: ReportFormat): Rendering {
  return RENDERERS[format](report);
}
